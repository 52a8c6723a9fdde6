/* SPDX-License-Identifier: MIT */
#pragma once

/* What run_jobs calls the thread of job number %u: by this the trace's reader knows it. */
#define JOB_NAME "creance job %u"
#define JOB_NAME_BYTES 32 /* enough for any number; that of a job fits into a thread's name */
