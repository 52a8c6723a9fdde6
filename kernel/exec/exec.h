/* SPDX-License-Identifier: MIT */
/* execve(2): put another program in the place of the current one. */
#pragma once

#include "exec/exec_stack.h"
#include "lib/compiler.h"

#include <linux/elf.h>

struct cred;
struct fdtable;
struct file;
struct signal_handlers;
struct vm_map;

#define EXEC_HEAD_BYTES 512

/* One exec in progress. */
struct exec_request {
	struct exec_arguments *arguments;
	struct file *file;  /* the program; the script's interpreter once a script was read */
	struct vm_map *map; /* the new address space */
	struct cred *cred;  /* for new credentials; NULL: as before */
	const char *path;   /* as given: AT_EXECFN */
	u32 head_len;	    /* bytes read of the file */
	uid_t euid;	    /* by the file's set-user-ID bit */
	gid_t egid;	    /* and by its set-group-ID bit */
	bool secure;	    /* AT_SECURE: gained rights; before exec_credentials_settle: may gain */
	struct fdtable *files;		  /* a table of its own, when the old one is shared */
	struct signal_handlers *handlers; /* the same of the handlers */
	bool executable_stack;
	vaddr_t vdso; /* AT_SYSINFO_EHDR: where its code is */
	bool randomise;
	struct elf_image {
		vaddr_t entry;	     /* of the program                         */
		vaddr_t start;	     /* where to begin: the interpreter's      */
		vaddr_t interpreter; /* AT_BASE                                */
		vaddr_t headers;     /* AT_PHDR                                */
		u32 nr_headers;
		vaddr_t code_start, code_end, data_start, data_end, brk;
	} image;
	/* the beginning of the file, aligned for an Elf64_Ehdr */
	u8 head[EXEC_HEAD_BYTES] __aligned(8);
};

/*
 * Replace the current thread's program by @path (a kernel string; with @dirfd and @flags as in
 * execveat). On success the thread's user frame is that of the new program. @arguments stay the
 * caller's.
 * Context: task of a program; may sleep. Returns: 0; the errors of execve(2) with everything as
 *   before; after the point of no return a failure sends SIGKILL.
 */
int process_exec(int dirfd, const char *path, struct exec_arguments *arguments, int flags)
	__must_check;

/*
 * elf_load.c: map @request->file (and its interpreter) into @request->map; set @request->image and
 * executable_stack. Returns: 0, -ENOEXEC, -ENOMEM, -ELIBBAD, -EACCES, ...
 */
int elf_load(struct exec_request *request) __must_check;
/*
 * exec_script.c: does the head begin with #!? Then put the interpreter in place of the file and fix
 * the arguments. 1: done, look again; 0: no script; -ENOEXEC, -ENOENT, ...
 */
int exec_script(struct exec_request *request, unsigned depth) __must_check;
/* exec.c, for exec_script: open @path and read its head into the request. */
int exec_open(struct exec_request *request, int dirfd, const char *path, int flags) __must_check;
/*
 * exec_cred.c: do the file's set-user-ID and set-group-ID bits give other credentials, if nothing
 * limits them? Then request->cred is a copy for these. Returns 0, -EACCES (it may no longer be
 * executed), -ENOMEM.
 */
int exec_credentials(struct exec_request *request) __must_check;
/*
 * exec_cred.c: write the new credentials into request->cred, within the limits of what others share
 * with this process. Call it when the process has one thread only: no thread is left that could add
 * a sharer until they are installed.
 */
void exec_credentials_settle(struct exec_request *request);
