/* SPDX-License-Identifier: MIT */
/* tap_check.h -- the check macros of tap.h; each failure says where, what, and which values. */
#pragma once

#define SKIP(reason) tap_skip(reason)
#define SKIP_IF(cond, reason)                                                                      \
	do {                                                                                       \
		if (cond)                                                                          \
			tap_skip(reason);                                                          \
	} while (0)
#define FAIL(...) tap_fail(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(cond)                                                                                \
	({                                                                                         \
		bool ok_ = !!(cond);                                                               \
		if (!ok_)                                                                          \
			FAIL("%s is false (errno %s)", #cond, tap_errno_name(errno));              \
		ok_;                                                                               \
	})
#define CHECK_CMP(a, op, b)                                                                        \
	({                                                                                         \
		long long a_ = (long long)(a), b_ = (long long)(b);                                \
		if (!(a_ op b_))                                                                   \
			FAIL("%s is %lld, wanted " #op " %lld (%s)", #a, a_, b_, #b);              \
		a_ op b_;                                                                          \
	})
#define CHECK_EQ(a, b) CHECK_CMP(a, ==, b)
#define CHECK_NE(a, b) CHECK_CMP(a, !=, b)
#define CHECK_GE(a, b) CHECK_CMP(a, >=, b)
#define CHECK_LE(a, b) CHECK_CMP(a, <=, b)
#define CHECK_STR(a, b)                                                                            \
	({                                                                                         \
		const char *a_ = (a), *b_ = (b);                                                   \
		bool ok_ = !strcmp(a_, b_);                                                        \
		if (!ok_)                                                                          \
			FAIL("%s is \"%s\", wanted \"%s\"", #a, a_, b_);                           \
		ok_;                                                                               \
	})
/* Checks that the call succeeds (is not -1) and yields its value. */
#define CHECK_OK(call)                                                                             \
	({                                                                                         \
		errno = 0;                                                                         \
		long r_ = (long)(call);                                                            \
		if (r_ == -1)                                                                      \
			FAIL("%s failed with %s", #call, tap_errno_name(errno));                   \
		r_;                                                                                \
	})
/* As CHECK_OK, and ends the case when the call fails. */
#define MUST(call)                                                                                 \
	({                                                                                         \
		long m_ = CHECK_OK(call);                                                          \
		if (m_ == -1)                                                                      \
			tap_abort();                                                               \
		m_;                                                                                \
	})
/* Checks that the call fails with exactly this errno. */
#define CHECK_ERR(call, want)                                                                      \
	({                                                                                         \
		errno = 0;                                                                         \
		long r_ = (long)(call);                                                            \
		int e_ = errno;                                                                    \
		if (r_ != -1)                                                                      \
			FAIL("%s gave %ld, wanted %s", #call, r_, tap_errno_name(want));           \
		else if (e_ != (want))                                                             \
			FAIL("%s failed with %s, wanted %s", #call, tap_errno_name(e_),            \
			     tap_errno_name(want));                                                \
	})
void tap_check_status(const char *file, int line, int status, int code, int sig);
#define CHECK_EXITED(status, code) tap_check_status(__FILE__, __LINE__, status, code, 0)
#define CHECK_SIGNALED(status, sig) tap_check_status(__FILE__, __LINE__, status, 0, sig)

/* Runs statements in a forked child (exit 0, or 1 after failed checks). Yields its pid. */
#define SPAWN(...)                                                                                 \
	({                                                                                         \
		pid_t spawn_ = (pid_t)MUST(fork());                                                \
		if (!spawn_) {                                                                     \
			tap_forget_failures();                                                     \
			__VA_ARGS__;                                                               \
			_exit(tap_local_failures() ? 1 : 0);                                       \
		}                                                                                  \
		spawn_;                                                                            \
	})
/* The same, waited for. Yields the wait status. */
#define IN_CHILD(...) tap_wait(SPAWN(__VA_ARGS__))
/* Polls until the condition holds; fails the case after 30 seconds. */
#define WAIT_UNTIL(cond)                                                                           \
	do {                                                                                       \
		long left_ = 15000;                                                                \
		while (!(cond) && --left_)                                                         \
			tap_sleep_ms(2);                                                           \
		if (!left_) {                                                                      \
			FAIL("never came true: %s", #cond);                                        \
			tap_abort();                                                               \
		}                                                                                  \
	} while (0)
