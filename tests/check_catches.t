#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The checks of tools/check/ find what they are there to find, and pass what is right: each is run on a small tree
# of its own with one mistake in it, and on the same tree without.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use FindBin;
use Test::More;

my $checks = "$FindBin::Bin/../tools/check";
my $spdx = "// SPDX-License-Identifier: MIT\n";
my $spdx_h = "/* SPDX-License-Identifier: MIT */\n";

# What every small tree has.
my %base = (
	'Makefile' => "# SPDX-License-Identifier: MIT\n",
	'README.md' => "Small.\n",
	'kernel/LAYERS' => "layer 0: lib\nlayer 3: mm\nlayer 9: init\n",
	'kernel/lib/a.h' => "$spdx_h#pragma once\nint a(int x);\n",
	'kernel/lib/a.c' => "$spdx#include \"lib/a.h\"\n\nint a(int x)\n{\n\treturn x;\n}\n",
	'kernel/mm/b.c' => "$spdx#include \"lib/a.h\"\n",
	'docs/guidelines.md' => join('', map { "`tools/check/$_`\n" } map { m{([^/]+)$} } grep { -x && -f } glob "$checks/*"),
	'docs/tour.md' => "a.c:a\n",
	'.clang-format' => do { open my $in, '<', "$checks/../../.clang-format" or die; local $/; <$in> },
);
my $flags = "-std=gnu17 -Ikernel -ffreestanding -Wall -Wextra -Werror\n";

sub run_check {
	my ($check, %files) = @_;
	my $top = tempdir(CLEANUP => 1);
	my %tree = (%base, %files, 'build/kernel/debug/flags' => $flags);
	for my $path (keys %tree) {
		make_path(dirname("$top/$path"));
		open my $out, '>', "$top/$path" or die "$path: $!";
		print $out $tree{$path};
	}
	if ($check eq 'guidelines') {
		make_path("$top/tools/check");
		symlink $_, "$top/tools/check/" . (split '/')[-1] for grep { -x && -f } glob "$checks/*";
	}
	local $ENV{CREANCE_TOP} = $top;
	local $ENV{CREANCE_BUILD} = "$top/build";
	my $output = `$checks/$check 2>&1`;
	return ($? >> 8, $output);
}

sub catches {
	my ($check, $what, $expected, %files) = @_;
	my ($status, $output) = run_check($check, %files);
	ok($status == 1 && $output =~ $expected, "$check: $what") or diag("status $status:\n$output");
}

sub passes {
	my ($check, $what, %files) = @_;
	my ($status, $output) = run_check($check, %files);
	ok($status == 0 && $output eq '', "$check: $what") or diag("status $status:\n$output");
}

for my $check (map { m{([^/]+)$} } grep { -x && -f } sort glob "$checks/*") {
	passes($check, 'nothing to say about a good tree');
}

catches('headers', 'a header that needs another', qr/does not compile alone/,
	'kernel/lib/c.h' => "$spdx_h#pragma once\nu32 c(void);\n");
catches('headers', 'a header without #pragma once', qr/pragma once/,
	'kernel/lib/c.h' => "${spdx_h}int c(void);\n");
catches('layers', 'an include that goes up', qr/layer 0 includes "mm\/b.h" of layer 3/,
	'kernel/mm/b.h' => "$spdx_h#pragma once\n", 'kernel/lib/c.c' => "$spdx#include \"mm/b.h\"\n");
passes('layers', 'a declared exception',
	'kernel/mm/b.h' => "$spdx_h#pragma once\n", 'kernel/lib/c.c' => "$spdx#include \"mm/b.h\"\n",
	'kernel/LAYERS' => "$base{'kernel/LAYERS'}except lib/c.c -> mm/b.h: it is a test\n");
catches('layers', 'an include that goes up in the command', qr/layer 0 includes "b\/b.h" of layer 1/, 'host/LAYERS' => "layer 0: a\nlayer 1: b\n",
	'host/b/b.h' => "$spdx_h#pragma once\n", 'host/a/c.c' => "$spdx#include \"b/b.h\"\n");
catches('layers', 'an exception that nothing needs', qr/needs this exception/,
	'kernel/LAYERS' => "$base{'kernel/LAYERS'}except lib/c.c -> mm/b.h: it was a test\n");
catches('layers', 'an include that goes up, from a folder of a pattern', qr/layer 0 includes "p\/x\/b.h" of layer 3/,
	'kernel/LAYERS' => "$base{'kernel/LAYERS'}layer 0: p/*/low\nlayer 3: p/*\n",
	'kernel/p/x/b.h' => "$spdx_h#pragma once\n", 'kernel/p/x/low/c.h' => "$spdx_h#include \"p/x/b.h\"\n");
catches('layers', 'a folder without a layer', qr/no layer/, 'kernel/odd/o.c' => $spdx);
catches('field-tags', 'an untagged field', qr/c\.h:4: no tag: int count;/,
	'kernel/lib/c.h' => "${spdx_h}struct SHARED c {\n\tint size; /* [I] bytes */\n\tint count;\n};\n");
passes('field-tags', 'tags of all forms',
	'kernel/lib/c.h' => "${spdx_h}struct SHARED c {\n\tstruct spinlock lock;\n\tint size; /* [I] bytes */\n" .
		"\tstruct {\n\t\tint x; /* [lock] */\n\t} in;\n\t/* [lock,r] both */\n\tint y;\n};\n");
my $locks = "${spdx_h}#pragma once\n#define LOCK_CLASS_TABLE(LOCK_CLASS) LOCK_CLASS(5, tree, SPIN, TASK, \"a tree\")\n";
catches('field-tags', 'a tag that names nothing', qr/c\.h:3: tag \[tea\]: tea is no letter, no class of lock_order\.h, no lock/,
	'kernel/lib/c.h' => "${spdx_h}struct SHARED c {\n\tint size; /* [tea] bytes */\n};\n");
catches('field-tags', 'a lock that the file has not', qr/this file declares no lock of that name/,
	'kernel/lib/c.h' => "${spdx_h}struct SHARED c {\n\tint size; /* [lock] bytes */\n};\n");
catches('field-tags', 'an array that is no tag', qr/c\.h:4: no tag: int b/,
	'kernel/lib/c.h' => "${spdx_h}struct SHARED c {\n\t/* what there is */\n\tint b[N];\n};\n");
passes('field-tags', 'classes, locks and the locks of others', 'kernel/sync/lock_order.h' => $locks,
	'kernel/LAYERS' => "$base{'kernel/LAYERS'}layer 1: sync\n",
	'kernel/lib/c.h' => "${spdx_h}struct p {\n\tstruct mutex guard;\n};\nstruct SHARED c {\n\tint a; /* [tree] */\n" .
		"\tint b; /* [p->guard] */\n\tint d; /* [guard,r] */\n};\n");
my $guarded = "${spdx_h}struct q {\n\tstruct mutex a_lock;\n};\n/*\n * A part. Guarded by a_lock.\n */\nstruct SHARED c {\n" .
	"\tint a; /* [a_lock] */\n\tint b; /* [I] */\n\tint d; /* [a_lock,r] */\n";
catches('field-tags', 'a tag that contradicts the comment of the structure', qr/c\.h:12: tag \[o\]: the structure is guarded by a_lock/,
	'kernel/lib/c.h' => "$guarded\tint e; /* [o] */\n};\n");
passes('field-tags', 'tags that agree with the comment of the structure',
	'kernel/lib/c.h' => "$guarded};\n/* Another. */\nstruct SHARED f {\n\tint e; /* [o] */\n};\n");
catches('field-tags', 'an untagged variable', qr/c\.c:2: no tag: count/, 'kernel/lib/c.c' => "${spdx}static int count;\n");
catches('field-tags', 'an untagged pointer to a function', qr/c\.c:2: no tag: hook/,
	'kernel/lib/c.c' => "${spdx}static void (*hook)(int);\n");
catches('field-tags', 'an untagged variable with its structure', qr/c\.c:4: no tag: pair/,
	'kernel/lib/c.c' => "${spdx}static struct {\n\tint a, b;\n} pair;\n");
passes('field-tags', 'variables that are tagged, constant, or guard themselves',
	'kernel/lib/c.c' => "${spdx}static const int three = 3;\nstatic struct spinlock the_lock = SPINLOCK_INIT(leaf);\n" .
		"static int count = 1; /* [the_lock] */\n/* [I] after boot */\nstatic const char *words[4];\n" .
		"static struct {\n\tint a; /* [the_lock] */\n} one;\nstatic const char *const names[2] = {\n};\n");
catches('sizes', 'a long function', qr/long_one has 72 lines/,
	'kernel/lib/c.c' => "${spdx}int long_one(void)\n{\n" . "\ta();\n" x 70 . "}\n");
passes('sizes', 'a long function with its reason',
	'kernel/lib/c.c' => "$spdx/* LONG: one state machine */\nint long_one(void)\n{\n" . "\ta();\n" x 70 . "}\n");
catches('sizes', 'a long file', qr/c\.c:1: 701 lines/, 'kernel/lib/c.c' => $spdx . "\n" x 699 . "int c;\n");
catches('sizes', 'a wide line', qr/c\.c:2: 101 columns/, 'kernel/lib/c.c' => $spdx . 'x' x 101 . "\n");
catches('sizes', 'a line made wide by tabs', qr/c\.c:2: 108 columns/, 'kernel/lib/c.c' => $spdx . "\t" . 'x' x 100 . "\n");
catches('basenames', 'one name twice', qr/has the name of/, 'kernel/mm/a.h' => "$spdx_h#pragma once\n");
catches('arch-words', 'a register', qr/word of the architecture: cr3/, 'kernel/mm/c.c' => "${spdx}int x = cr3;\n");
passes('arch-words', 'the same words in comments and strings',
	'kernel/mm/c.c' => "$spdx/* cr3 */\nconst char *c = \"cr3\"; // asm\n#include <asm/stat.h>\n");
catches('arch-words', 'an include behind the contract', qr/behind the machine contract/,
	'kernel/mm/c.c' => "$spdx#include \"arch/x86/cpu/gdt.h\"\n");
catches('arch-words', 'an inline body without its contract', qr/c\.c:2: includes what lies behind/,
	'kernel/mm/c.c' => "$spdx#include <arch_inline/cpu_inline.h>\n");
catches('arch-words', 'a contract for one architecture', qr/arch_a\.h:2: the contract names an architecture/,
	'kernel/arch/arch_a.h' => "$spdx_h#include \"arch/x86/inline/a.h\"\n");
my $contract = "$spdx_h#pragma once\nint arch_a(void (*print)(const char *fmt, ...),\n\tint x) __must_check;\n";
passes('contract', 'a function that is needed', 'kernel/arch/arch_a.h' => $contract, 'kernel/mm/c.c' => "${spdx}int c = arch_a(0, 1);\n");
catches('contract', 'a function that nothing needs', qr/arch_a\.h:1: no portable file needs arch_a/, 'kernel/arch/arch_a.h' => $contract);
catches('contract', 'a call of what one architecture has by chance', qr/c\.c:1: uses arch_b, which the machine contract/,
	'kernel/arch/arch_a.h' => $contract, 'kernel/mm/c.c' => "${spdx}int c = arch_a(0, arch_b());\n");
catches('contract', 'such a call behind a file that only has the name', qr/c\.c:1: uses arch_b, which the machine contract/,
	'kernel/arch/arch_a.h' => $contract, 'kernel/mm/b.c' => "${spdx}struct arch_b b;\n",
	'kernel/mm/c.c' => "${spdx}int c = arch_a(0, arch_b());\n");
my $body = "static inline void arch_c(void)\n{\n}\n#define arch_d(x) (x)\n";
my %uses = ('kernel/mm/c.c' => "${spdx}void c(void)\n{\n\tarch_c();\n\tarch_d(1);\n}\n", 'kernel/arch/x/arch_inline/a_inline.h' => $body);
passes('contract', 'bodies that every architecture has', %uses, 'kernel/arch/y/arch_inline/a_inline.h' => $body);
catches('contract', 'a body that an architecture lacks', qr{kernel/arch/y/arch_inline:1: no body of arch_d}, %uses,
	'kernel/arch/y/arch_inline/a_inline.h' => $body =~ s/#define.*\n//r);
catches('arch-words', 'a word of one architecture in the contract', qr/arch_a\.h:2: the contract names an architecture/,
	'kernel/arch/arch_a.h' => "$spdx_h/* inside SMAP windows */\n");
catches('no-extern', 'extern in a .c file', qr/extern/, 'kernel/mm/c.c' => "${spdx}extern int x;\n");
catches('routes', 'a call is no definition', qr/no callee in kernel\/lib\/c\.c/, 'docs/tour.md' => "`c.c:callee`\n",
	'kernel/lib/c.c' => "${spdx}int callee(int x);\nint c(void)\n{\n\treturn callee(1);\n}\n");
passes('routes', 'definitions of all forms', 'docs/tour.md' => "`c.c:c` `c.c:D` `c.c:f` `c.S:g` `c.S:h` `p.pl:i`\n",
	'kernel/lib/c.c' => "${spdx}#define D(x) (x)\nstatic struct s *c(int (*g)(int),\n\tint h)\n\tREQUIRES(l->m)\n{\n}\n" .
		"static inline int f(void)\n{\n}\n", 'kernel/lib/c.S' => "${spdx_h}FUNC(g)\nh:\n", 'tools/p.pl' => "sub i {\n}\n");
catches('routes', 'a function that is gone', qr/no gone in kernel\/lib\/a\.c/, 'docs/tour.md' => "`a.c:gone`\n");
catches('routes', 'the same in a chapter of the guide', qr/m05\.md:1: no gone/, 'docs/guide/m05.md' => "`a.c:gone`\n");
catches('routes', 'a file that is gone', qr/no file gone\.c/, 'docs/tour.md' => "`gone.c:a`\n");
my $chapter = "Words.\n\n## In the code\n\n`a.c:a`\n\n## To be seen\n\n<!-- run: true -->\n\n## Exercise\n\n<!-- run: true -->\n";
my $all_rows = join ', ', (map { "P$_" } 1 .. 3), (map { "M$_" } 1 .. 16);
my %guide = ('docs/guide/README.md' => "[all](all.md)\n", 'docs/guide/all.md' => "# $all_rows. All\n\n$chapter");
passes('guide', 'a chapter with all its parts', %guide);
catches('guide', 'a row without a chapter', qr/no chapter is about M16$/, %guide, 'docs/guide/all.md' => "# " . ($all_rows =~ s/, M16//r) . ". All\n\n$chapter");
catches('guide', 'two chapters about a row', qr/2 chapters are about M5$/, %guide, 'docs/guide/README.md' => "[all](all.md) [more](more.md)\n",
	'docs/guide/more.md' => "# M5. More\n\n$chapter");
catches('guide', 'a chapter that the index does not name', qr/does not link/, %guide, 'docs/guide/README.md' => "Empty.\n");
catches('guide', 'an exercise without a command', qr/'Exercise' has no command/, %guide,
	'docs/guide/all.md' => "# $all_rows. All\n\n" . $chapter =~ s/<!-- run: true -->\n\z//r);
catches('format', 'a line that clang-format would change', qr/a\.c:4/,
	'kernel/lib/a.c' => "$spdx#include \"lib/a.h\"\n\nint a(int x) {\n\treturn x;\n}\n");
catches('format', 'a name that clang-format takes for C++', qr/c\.c:4: an operator laid out as in a C\+\+ declaration/,
	'kernel/lib/c.c' => "${spdx}int c(struct s *new)\n{\n\treturn !(new->a &B(1));\n}\n");
catches('thread-safety', 'a call without the lock', qr/requires holding/,
	'kernel/lib/c.c' => "${spdx}struct __attribute__((capability(\"mutex\"))) l { int x; };\nstruct l m;\n" .
		"static void f(void) __attribute__((requires_capability(m)));\nstatic void f(void)\n{\n}\n" .
		"void g(void);\nvoid g(void)\n{\n\tf();\n}\n");
catches('spdx', 'no licence line', qr/not the SPDX line/, 'kernel/lib/c.c' => "int c;\n");
my $long = "\nint c;\n" . "\n" x 150;
my $theory = "/*\n * c.c -- letters.\n *\n * Idea.  There are few.\n * Tests.  a.c.\n */";
catches('theory', 'a long file without an opening comment', qr/c\.c:2: 152 lines, but no theory/, 'kernel/lib/c.c' => substr($spdx, 0, -1) . $long);
catches('theory', 'a comment that only names the file', qr/no paragraph "Idea\."/,
	'host/c.c' => "$spdx/* c.c -- letters. */$long");
catches('theory', 'the name of another file', qr/speaks of d\.c/, 'kernel/lib/c.c' => $spdx . $theory =~ s/c\.c --/d.c --/r);
catches('theory', 'a test that there is not', qr/names lib\/b_test\.c, which does not exist/,
	'kernel/lib/c.c' => $spdx . $theory =~ s/a\.c\./lib\/b_test.c./r);
passes('theory', 'long files with a theory, or a row of parts', 'kernel/lib/c.c' => "$spdx$theory$long",
	'host/c.c' => $spdx . $theory =~ s/Idea/Parts/r . $long);
passes('theory', 'a long test, and a short file', 'kernel/lib/c_test.c' => "$spdx$long", 'kernel/lib/c.c' => "$spdx\nint c;\n");
my $helper = "static int help_with(int x)\n{\n" . "\tx++;\n" x 198 . "\treturn x;\n}\n";
catches('thin-calls', 'logic beside the system calls', qr/402 lines .*\n.*sys_a\.c:2: help_with has 201 lines/,
	map { ("kernel/syscall/sys_$_.c" => "$spdx$helper") } qw(a b));
passes('thin-calls', 'a helper, and long calls', 'kernel/syscall/sys_a.c' => "$spdx$helper",
	'kernel/syscall/sys_b.c' => $spdx . join('', map { $helper =~ s/static int help_with/long sys_b$_/r } 1 .. 3));
catches('todo', 'a mark without words', qr/c\.c:2/, 'kernel/lib/c.c' => "$spdx/* TO" . "DO */\n");
catches('no-local-paths', 'a path of one machine', qr/a path of one machine/, 'kernel/lib/c.c' => "$spdx/* /wo" . "rk/tree */\n");
catches('barriers', 'a lonely barrier', qr/pairs with/, 'kernel/mm/c.c' => "${spdx}void c(void)\n{\n\tsmp_mb();\n}\n");
catches('thread-moves', 'a CPU that is stored plainly', qr/use runqueue_move_to/, 'kernel/sched/c.c' => "${spdx}void c(struct thread *t)\n{\n\tt->cpu = 1;\n}\n");
catches('guidelines', 'a check that the page does not name', qr/nothing of the check spdx/,
	'docs/guidelines.md' => $base{'docs/guidelines.md'} =~ s/`tools\/check\/spdx`//r);
my $path_section = "## `a`\n\n* **Skips:** b\n* **Guards:** b\n* **Point of no return:** b\n* **Invariants:** b\n* **General code:** b\n";
my %fast_path = (
	'kernel/uapi/fast_paths.tbl.h' => "${spdx_h}FAST_PATH(a, \"b\")\n",
	'kernel/lib/c.c' => "${spdx}int c(void)\n{\n\treturn fast_path_is_on(FAST_PATH_a);\n}\n",
	'docs/fast_paths.md' => "| `a` | no row |\n\n$path_section",
);
passes('fast-paths', 'a path with guard and section', %fast_path);
catches('fast-paths', 'a path that nothing asks for', qr/nothing asks whether a is on/, %fast_path, 'kernel/lib/c.c' => $spdx);
catches('fast-paths', 'a path without a section', qr/no section `a`/, %fast_path, 'docs/fast_paths.md' => "| `a` | no row |\n");
catches('fast-paths', 'a section that says too little', qr/does not say: Guards/, %fast_path,
	'docs/fast_paths.md' => $fast_path{'docs/fast_paths.md'} =~ s/\*\*Guards/**Guard/r);
catches('fast-paths', 'a path without figures', qr/`a` has no figures/, %fast_path, 'docs/fast_paths.md' => $path_section);
catches('fast-paths', 'a section without a row', qr/section `z` has no row/, %fast_path,
	'docs/fast_paths.md' => $fast_path{'docs/fast_paths.md'} . $path_section =~ s/`a`/`z`/r);
catches('generated-docs', 'a table of layers older than LAYERS', qr/architecture\.md:1: is older than kernel\/LAYERS; run make docs/,
	'kernel/LAYERS' => "# Small.\nlayer 0: lib mm init\n",
	'docs/architecture.md' => "<!-- Generated from kernel/LAYERS by a script -->\nold\n<!-- end of the generated part -->\n");
catches('generated-docs', 'a trap that stands twice', qr/vector 1 stands twice/,
	'kernel/arch/x86/entry/traps.tbl.h' => "TRAP_SIGNAL(1, A, \"a\", STEP, SIGA, 1, IP, \"b\")\n" x 2,
	'kernel/init/main.c' => $spdx);
catches('generated-docs', 'a page older than its table', qr/run make docs|cannot read/,
	'kernel/syscall/syscalls.tbl.h' => "SYSCALL0(39, getpid, 0)\n", 'docs/syscalls.md' => "old\n");

# A repository with one commit of that message after the base.
sub commit_check {
	my ($message) = @_;
	my $top = tempdir(CLEANUP => 1);
	local $ENV{GIT_CONFIG_GLOBAL} = '/dev/null';
	my $git = "git -C $top -c user.name=a -c user.email=a\@b -c commit.gpgsign=false";
	open my $out, '>', "$top/message" or die;
	print $out $message;
	close $out;
	system("$git init -q && $git commit -q --allow-empty -m base && $git commit -q --allow-empty -F $top/message") == 0 or die;
	chomp(local $ENV{CHECK_COMMITS_BASE} = `$git rev-parse HEAD~1`);
	local $ENV{CREANCE_TOP} = $top;
	my $output = `$checks/commits 2>&1`;
	return ($? >> 8, $output);
}
for (['a long subject', qr/79 columns \(limit 72\)/, 'lib: ' . 'x' x 74 . "\n\nOne.\nTwo.\n"],
		['a subject without a subsystem', qr/is not "subsystem: summary"/, "Mend it\n\nOne.\nTwo.\n"],
		['a commit that does not say why', qr/the body has 1 lines/, "lib: mend it\n\nOne.\n\nSigned-off-by: A\n"]) {
	my ($what, $expected, $message) = @$_;
	my ($status, $output) = commit_check($message);
	ok($status == 1 && $output =~ $expected, "commits: $what") or diag("status $status:\n$output");
}
my ($status, $output) = commit_check("lib, mm/x: mend it\n\nIt was broken.\nTested.\n");
ok($status == 0 && $output eq '', 'commits: a good one') or diag("status $status:\n$output");

# Ragged comments, as make format fills them.
my $ragged = "/*\n * A line of words that goes on for a while, as far as some seventy columns or\n * so,\n * and on.\n *\n" .
	" * Idea. A heading.\n * Locks. None.\n *   1  a list\n *   2  of two\n */\nint c;\n";
my $comments = tempdir(CLEANUP => 1) . '/c.c';
open my $c, '>', $comments or die;
print $c $ragged;
close $c;
is(system("$checks/../reflow_comments.pl --check $comments >/dev/null") >> 8, 1, 'reflow_comments: finds a ragged paragraph');
system("$checks/../reflow_comments.pl $comments");
open $c, '<', $comments or die;
is(join('', <$c>), $ragged =~ s/seventy columns or\n \* so,\n \* and on/seventy columns or so, and on/r,
	'reflow_comments: fills it and leaves the rest alone');
done_testing();
