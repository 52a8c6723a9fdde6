/* SPDX-License-Identifier: MIT */
/*
 * The fast paths of the kernel, one row each: what the option nofast=NAME leaves out. Everything
 * that a fast path does, the code that follows it does as well; nofast=all runs that code alone.
 * docs/fast_paths.md describes each and has its gain.
 *
 * FAST_PATH(name, what it is)
 */
FAST_PATH(fault, "page faults that find everything in memory")
FAST_PATH(clock, "clocks that programs read without a call")
FAST_PATH(call, "system calls with an incomplete frame")
FAST_PATH(descriptor, "files of an unshared descriptor table, used without a reference")
FAST_PATH(path, "walks over cached names")
FAST_PATH(pipe, "transfers through pipes within a page")
FAST_PATH(stream, "transfers through stream sockets within a page")
FAST_PATH(signal, "signals with a handler, sent to a process with one thread")
FAST_PATH(space, "threads without an address space of their own stay in the one before")
