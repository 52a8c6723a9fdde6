// SPDX-License-Identifier: MIT
/* The regime that the command line asks for. The architecture does what it changes. */
#include "core/regime.h"
#include "core/cmdline.h"
#define LOG_SUBSYS "regime"
#include "core/log.h"
#include "lib/string.h"

static const struct {
	const char *word, *meaning;
} regimes[NR_REGIMES] = {
	[REGIME_NONE] = {"none", "programs run in kernel mode, interrupts off"},
	[REGIME_COOPERATIVE] = {"cooperative",
				"programs run in user mode until they call or fault"},
	[REGIME_PREEMPTIVE] = {"preemptive",
			       "programs run in user mode and the timer takes the CPU back"},
};

static enum regime current = REGIME_PREEMPTIVE; /* [I] after boot */

void regime_init(void)
{
	char word[16];

	if (!cmdline_string("regime", word, sizeof(word)))
		return;
	for (unsigned i = 0; i < NR_REGIMES; i++) {
		if (strcmp(word, regimes[i].word) != 0)
			continue;
		current = (enum regime)i;
		arch_regime_install(current);
		log_info("%s: %s", word, regimes[i].meaning);
		return;
	}
	log_err("there is no regime '%s': none, cooperative and preemptive are", word);
}

enum regime regime_current(void)
{
	return current;
}

const char *regime_word(enum regime regime)
{
	return regimes[regime].word;
}

const char *regime_meaning(enum regime regime)
{
	return regimes[regime].meaning;
}
