/* SPDX-License-Identifier: MIT */
/* The result for programs; the form is described in bench/README.md. */
#pragma once

#include <stdio.h>

#include "bench/bench_boot.h"
#include "bench/bench_options.h"
#include "bench/bench_result.h"

/* The result as one JSON text, indented, with a newline at its end. The caller frees it. */
char *bench_json_text(const struct bench_options *options, const struct bench_result *result,
		      const struct bench_boot *boot);
