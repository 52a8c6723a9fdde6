/* SPDX-License-Identifier: MIT */
/* An address space: the areas that a program has mapped, and its page table. */
#pragma once

#include "arch/arch_pagetable.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "sched/rwlock.h"
#include "vm/vm_object.h"

struct file;

enum vm_area_flags {
	VM_SHARED = BIT(0), /* writes reach the object */
	VM_STACK = BIT(1),  /* grows down to the limit */
	VM_BRK = BIT(2),    /* the heap of brk(2) */
	VM_LOCKED = BIT(3), /* mlock: only counted, nothing is ever swapped */
	VM_NORESERVE = BIT(4),
	VM_DONTFORK = BIT(5),
	VM_MAYWRITE = BIT(6), /* mprotect may add writing */
	VM_WIPEONFORK = BIT(7),
	VM_DONTDUMP = BIT(8),
	VM_VDSO = BIT(9),    /* the clock page (page 0), and the code that reads it */
	VM_COPIED = BIT(10), /* backed by an object, and some pages are private copies */
	VM_NOEXEC = BIT(11), /* mprotect may not add execution */
};

/* Keeps an area's backing file alive, and describes it for /proc/PID/maps; provided by the VFS. */
struct vm_backing {
	void (*get)(struct vm_backing *backing);
	void (*put)(struct vm_backing *backing);
	/* Path, device and inode for /proc/PID/maps. */
	ssize_t (*describe)(struct vm_backing *backing, char *buffer, size_t size, u64 *device,
			    u64 *inode);
};

struct SHARED vm_area {
	struct rb_node node;	    /* [vm_map] by start */
	vaddr_t start, end;	    /* [vm_map, object_pages] written under both */
	u64 gap;		    /* [vm_map] bytes free below start (a stack's guard is not) */
	u64 max_gap;		    /* [vm_map] the largest gap in this node's subtree */
	u32 protection;		    /* [vm_map] PROTECT_READ/WRITE/EXEC */
	u32 flags;		    /* [vm_map] enum vm_area_flags */
	struct vm_object *object;   /* [vm_map] NULL: anonymous private */
	u64 object_index;	    /* [vm_map, object_pages] page of the object at start */
	struct vm_backing *backing; /* [vm_map] NULL for anonymous */
	union {
		struct list_node object_link; /* [object_pages] in object->few_areas, or */
		struct rb_node object_node;   /* [object_pages] in object->areas: */
	};
	u64 object_max_end; /* [object_pages] the largest end index in its subtree there */
	struct vm_map *map; /* [I] */
};

struct SHARED vm_map {
	/* What each fault writes is in two cache lines, which threads take from each other. */
	struct rwlock lock;	    /* class vm_map */
	struct rb_root areas;	    /* [lock] */
	struct vm_area *last_found; /* [a] cache for repeated lookups; NULL or in areas */
	struct spinlock table_lock __cacheline_aligned; /* [a] class page_table */
	u64 resident_pages;		 /* [table_lock] anonymous and file pages mapped */
	u64 resident_file_pages;	 /* [table_lock] of these, pages of objects */
	u64 peak_resident_pages;	 /* [table_lock] */
	u64 faults_minor;		 /* [lock], or to read and table_lock */
	struct arch_pagetable pagetable; /* [table_lock] */
	u64 faults_major;		 /* [lock] */
	u64 nr_areas;			 /* [lock] */
	u64 nr_mapped_bytes;		 /* [lock] for RLIMIT_AS */
	u64 nr_data_bytes;		 /* [lock] private writable, for RLIMIT_DATA */
	u64 nr_locked_bytes;		 /* [lock] for RLIMIT_MEMLOCK */
	u64 nr_stack_bytes;		 /* [lock] VM_STACK areas, for /proc */
	vaddr_t brk_start, brk_end;	 /* [lock] */
	vaddr_t mmap_top;		 /* [lock] mmap hands out addresses downward from here */
	vaddr_t stack_top, stack_limit_bytes;		    /* [lock] for growth */
	vaddr_t arg_start, arg_end, env_start, env_end;	    /* [lock] for /proc/PID */
	vaddr_t code_start, code_end, data_start, data_end; /* [lock] */
	u64 auxv[48];					    /* [lock] for /proc/PID/auxv */
	struct vm_backing *executable;			    /* [lock] for /proc/PID/exe */
	u64 address_limit_bytes;			    /* [lock] RLIMIT_AS */
	u64 data_limit_bytes;				    /* [lock] RLIMIT_DATA */
	u64 lock_limit_bytes;				    /* [lock] RLIMIT_MEMLOCK */
	u32 future_flags;  /* [lock] VM_LOCKED after mlockall(MCL_FUTURE) */
	bool has_dontfork; /* [lock] some area is or was VM_DONTFORK */
	/* [a] processes and kernel users: areas exist while > 0 */
	struct refcount users;
};

/* Boot, once, when objects and pages can be allocated. */
void vm_init(void);
/* Create an empty map with one user. For layout and limits see vm_map_set_layout. */
int vm_map_create(struct vm_map **out) __must_check;
/*
 * Set the layout: mmap places mappings below @mmap_top; the stack's area ends at @stack_top and
 * grows to @stack_limit_bytes. exec chooses them (randomised or not) before the first vm_map_add.
 */
void vm_map_set_layout(struct vm_map *map, vaddr_t mmap_top, vaddr_t stack_top,
		       u64 stack_limit_bytes);
/* Make @map (NULL: none) the current thread's address space and load it. References are the
 * caller's responsibility. */
void vm_map_activate(struct vm_map *map);
void vm_map_get(struct vm_map *map);
/* The last put unmaps everything and frees the map: by then no thread uses it (vm_map_activate).
 * May sleep. */
void vm_map_put(struct vm_map *map);
/* Copy for fork: private pages become copy-on-write in both maps. The caller runs on @from. 0,
 * -ENOMEM, -EINTR (killed). May sleep. */
int vm_map_fork(struct vm_map *from, struct vm_map **out) __must_check;

/* The area that contains @va, or NULL. */
struct vm_area *vm_map_find(struct vm_map *map, vaddr_t va) REQUIRES_SHARED(map->lock);
/* The first area that ends above @va, or NULL. */
struct vm_area *vm_map_find_first(struct vm_map *map, vaddr_t va) REQUIRES_SHARED(map->lock);

struct vm_map_request {
	vaddr_t hint;		  /* the wanted address; with VM_MAP_FIXED the address */
	u64 len_bytes;		  /* rounded up to whole pages */
	u32 protection;		  /* PROTECT_* */
	u32 area_flags;		  /* VM_* */
	u32 flags;		  /* VM_MAP_* */
	struct vm_object *object; /* NULL: anonymous; vm_map_add takes a reference */
	u64 object_index;
	struct vm_backing *backing; /* or NULL; vm_map_add takes a reference */
};
#define VM_MAP_FIXED 1U	    /* exactly at the hint, replacing existing mappings */
#define VM_MAP_NOREPLACE 2U /* exactly at the hint, or -EEXIST */
#define VM_MAP_POPULATE 4U  /* fault the pages in now */
#define VM_MAP_LOW 8U	    /* within the low 2 GiB (MAP_32BIT) */

/* Add a mapping at *@out. 0, -ENOMEM (space, limits or memory), -EAGAIN (locked memory), -EEXIST,
 * -EINVAL, -EPERM, -EINTR (killed). Takes and releases map->lock. May sleep. */
int vm_map_add(struct vm_map *map, const struct vm_map_request *request, vaddr_t *out) __must_check;
/* Unmap any range; splits areas at the edges. -EINVAL, -ENOMEM; -EINTR when killed meanwhile. */
int vm_map_remove(struct vm_map *map, vaddr_t start, u64 len_bytes) __must_check;
/* mprotect(2): -ENOMEM for holes, -EACCES, -EINVAL, -EINTR (killed). With VM_PROTECT_GROWSDOWN the
 * range begins at the start of the stack's area. */
#define VM_PROTECT_GROWSDOWN BIT(16)
int vm_map_protect(struct vm_map *map, vaddr_t start, u64 len_bytes, u32 protection) __must_check;
/* mremap(2) with its flags. */
int vm_map_move(struct vm_map *map, vaddr_t old, u64 old_len, u64 new_len, u32 flags,
		vaddr_t new_address, vaddr_t *out) __must_check;
/* brk(2): returns the new end, or the old one when it cannot be changed. */
vaddr_t vm_map_brk(struct vm_map *map, vaddr_t end);
/* madvise(2), msync(2), mlock(2) on a range: their errors. */
int vm_map_advise(struct vm_map *map, vaddr_t start, u64 len_bytes, int advice);
int vm_map_sync(struct vm_map *map, vaddr_t start, u64 len_bytes, int flags);
int vm_map_lock_range(struct vm_map *map, vaddr_t start, u64 len_bytes, bool locked);
/* mlockall(2) with its MCL_* flags; munlockall(2) with 0. */
int vm_map_lock_all(struct vm_map *map, int flags);
/* Remove all areas, for exec and exit. */
void vm_map_clear(struct vm_map *map);
