// SPDX-License-Identifier: MIT
/*
 * When a page fault finds no memory: end the process that holds the most, so that the others can go
 * on.
 *
 * One victim at a time: while it is on its way out its memory comes back, and whoever else finds
 * none waits for that instead of choosing another. A victim that does not get away in time (it
 * sleeps deep) is given up on.
 */
#define LOG_SUBSYS "memory"
#include "proc/out_of_memory.h"
#include "core/log.h"
#include "mm/page_alloc.h"
#include "proc/oom_victims.h"
#include "proc/process_internal.h"
#include "sched/sched.h"

#define VICTIM_PATIENCE_NS (2 * NS_PER_SECOND)
#define ENOUGH_PAGES 16

static struct {
	struct spinlock lock;	/* leaf */
	struct process *victim; /* referenced; NULL */
	u64 since_ns;
} dying = {.lock = SPINLOCK_INIT(leaf)};

struct choice {
	struct process *best; /* referenced */
	long best_score;
};

long process_memory_score(struct process *process)
{
	struct page_counts counts;
	struct vm_map *map = process_get_vm(process);
	long score;

	if (!map)
		return 0;
	page_alloc_counts(&counts);
	score = (long)(READ_ONCE(map->resident_pages) + map->pagetable.nr_tables);
	vm_map_put(map);
	score += (long)(counts.total / 1000) * READ_ONCE(process->oom_score_adjust);
	return score > 0 ? score : 1;
}

static bool consider(struct process *process, void *data)
{
	struct choice *choice = data;
	long score;

	if (process == init_process || process->state != PROCESS_ALIVE ||
	    READ_ONCE(process->oom_score_adjust) == -1000)
		return true;
	score = process_memory_score(process);
	if (score <= choice->best_score)
		return true;
	if (choice->best)
		process_put(choice->best);
	process_get(process);
	choice->best = process;
	choice->best_score = score;
	return true;
}

/*
 * Is an earlier victim still giving memory back? Forget one that has ended, or that takes too long.
 */
static bool is_somebody_dying(void)
{
	struct process *done = NULL;
	bool wait = false;

	spin_lock(&dying.lock);
	if (dying.victim) {
		wait = READ_ONCE(dying.victim->state) == PROCESS_ALIVE &&
		       clock_monotonic_ns() < dying.since_ns + VICTIM_PATIENCE_NS;
		if (!wait) {
			done = dying.victim;
			dying.victim = NULL;
		}
	}
	spin_unlock(&dying.lock);
	if (done)
		process_put(done);
	return wait;
}

/* By now somebody may have given memory back: then trying again is enough. */
static bool is_memory_back(void)
{
	struct page_counts counts;

	page_alloc_counts(&counts);
	return counts.free > counts.reserve + ENOUGH_PAGES;
}

void process_kill_for_memory(void)
{
	struct choice choice = {0};
	struct process *victim, *other = NULL;

	if (is_memory_back())
		return;
	if (is_somebody_dying()) {
		/* The victim may be us: then going on means to end. */
		if (!thread_kill_pending(current_thread()))
			sched_yield();
		return;
	}
	process_for_each(consider, &choice);
	victim = choice.best;
	if (!victim) {
		log_err("out of memory, and no process to end");
		return;
	}
	log_warn("out of memory: ending %s[%d], which holds %ld pages", victim->executable_name,
		 process_id(victim), choice.best_score);
	oom_victims_note(victim->executable_name, process_id(victim));
	spin_lock(&dying.lock);
	if (dying.victim) {
		other = victim; /* somebody was faster */
	} else {
		dying.victim = victim;
		dying.since_ns = clock_monotonic_ns();
	}
	spin_unlock(&dying.lock);
	if (other)
		process_put(other);
	else
		signal_send_kernel(victim, SIGKILL);
}
