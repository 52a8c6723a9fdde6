#!/bin/sh
# SPDX-License-Identifier: MIT
#
# shell.sh -- what a shell asks of a kernel: pipelines, redirections, subshells, background jobs, signals.
#
# Run it as `busybox sh shell.sh` here and in the guest, and compare the two outputs byte by byte. Nothing
# it prints depends on pids, clocks or names of the machine. It works in a directory of its own.

b=${BUSYBOX:-busybox}
export LC_ALL=C TZ=UTC0
umask 022
work=${TMPDIR:-/tmp}/shell.$$
$b mkdir -p "$work" || exit 1
trap 'cd /; $b rm -rf "$work"' EXIT
cd "$work" || exit 1
exec 2>&1

section()
{
	echo "== $*"
}

section exit status
true; echo $?
false; echo $?
(exit 7); echo $?
$b sh -c 'exit 300'; echo $?
nosuchcommand 2>/dev/null; echo $?
./nofile 2>/dev/null; echo $?
echo text >noexec; ./noexec 2>/dev/null; echo $?
! true; echo $?
$b true && echo and || echo or
$b false && echo and || echo or
$b true | $b false; echo $?
$b false | $b true; echo $?

section pipelines
echo one | $b cat | $b cat | $b cat | $b cat
$b seq 1 100000 | $b tail -n 1
$b yes | $b head -n 2
$b seq 5 | while read n; do echo "got $n"; done
{ echo a; echo b; } | { read x; read y; echo "$y$x"; }
echo status | (read w; exit 5); echo $?
$b seq 1 20000 | $b sort -rn | $b uniq | $b wc -l
for i in 1 2 3 4 5 6 7 8 9; do echo $i; done | $b awk '{ s += $1 } END { print s }'

section redirections
echo first >f; $b cat f
echo second >>f; $b cat f
$b cat <f
echo lost >/dev/null
{ echo out; echo err >&2; } >o 2>e; $b cat o; $b cat e
{ echo out; echo err >&2; } >both 2>&1; $b cat both
$b cat 3<f <&3
exec 4>four; echo to four >&4; exec 4>&-; $b cat four
{ echo x >&4; } 2>/dev/null || echo closed
exec 5<>rw; echo written >&5; exec 5>&-; $b cat rw
exec 6<f; read l1 <&6; read l2 <&6; exec 6<&-; echo "$l2 $l1"
echo truncated >f; : >f; $b wc -c <f
(set -C; echo again >o) 2>/dev/null; echo $?; (set -C; echo forced >|o); $b cat o
($b cat <nofile) 2>/dev/null; echo $?
(echo x >/nodir/file) 2>/dev/null; echo $?
$b ls nofile f 2>&1 >/dev/null
cat <&- 2>/dev/null; echo $?

section here documents
name=world
$b cat <<END
hello $name $((2 + 3)) $(echo substituted)
END
$b cat <<'END'
hello $name $((2 + 3))
END
$b cat <<-END
	tabs go
		all of them
END
$b cat <<A; $b cat <<B
from a
A
from b
B
big=$($b seq 1 20000)
$b md5sum <<END
$big
END

section command substitution
echo $(echo $(echo $(echo nested)))
x=$($b printf 'a\nb\n\n\n'); echo "[$x]"
echo `echo back \`echo ticks\``
y=$(exit 3); echo $?
n=0; for w in $($b seq 1 50); do n=$((n + w)); done; echo $n
long=$($b head -c 200000 /dev/zero | $b tr '\0' x); echo ${#long}

section arithmetic
echo $((1 + 2 * 3)) $((7 / 2)) $((-7 / 2)) $((7 % 3)) $((1 << 40)) $((0x1f)) $((010))
echo $((5 > 3)) $((5 == 3)) $((1 ? 10 : 20)) $((~0)) $((!5)) $((6 & 3)) $((6 | 3)) $((6 ^ 3))
i=5; echo $((i++)) $i $((++i)) $i $((i += 10)) $i
echo $((9223372036854775807 + 1))
j=0; while [ $j -lt 1000 ]; do j=$((j + 1)); done; echo $j

section variables
unset u; echo ${u:-default} ${u:=set} $u ${u:+plus}
v=path/to/file.tar.gz; echo ${v#*/} ${v##*/} ${v%.*} ${v%%.*} ${#v}
echo ${v/to/from} ${v:5:2}
set -- a "b c" d; echo $# "$2"; shift; echo $# $1; for a in "$@"; do echo "<$a>"; done
IFS=:; p=a:b:c; set -- $p; echo $# $3; IFS=' 	
'
export E=exported; $b sh -c 'echo $E'; E=once $b sh -c 'echo $E'; echo $E
f1() { local l=inner; echo $l; }; l=outer; f1; echo $l
readonly R=1; (R=2) 2>/dev/null; echo $?

section control
case abc in a*) echo star;; *) echo other;; esac
case x in [a-m]) echo low;; [n-z]) echo high;; esac
for i in 1 2 3 4 5; do [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done
i=0; until [ $i -ge 3 ]; do echo u$i; i=$((i + 1)); done
f2() { return 4; }; f2; echo $?
fact() { if [ $1 -le 1 ]; then echo 1; else echo $(($1 * $(fact $(($1 - 1))))); fi; }; fact 10
eval 'echo ev"al"'
echo 'echo sourced $1' >lib; . ./lib
(set -e; false; echo never); echo "after $?"
(set -u; echo $undefined_variable) 2>/dev/null; echo $?

section subshells
a=1; (a=2; echo $a); echo $a
(cd /; $b pwd); $b pwd | $b sed 's,.*/shell.*,here,'
(exit 3) || echo failed with $?
( ( ( echo deep ) ) )
(umask 077; umask); umask

section files
$b mkdir -p d/e; $b touch d/a d/b d/e/c; echo d/*; echo d/*/*; echo d/[ab]; echo none*
for n in d/*; do [ -d $n ] && echo "dir $n" || echo "file $n"; done
$b ln -s a d/l; [ -L d/l ] && [ -e d/l ] && echo link
[ d/a -ef d/l ] && echo same file
$b chmod 000 d/b; [ -f d/b ] && echo exists; $b chmod 644 d/b
PATH=$work/bin:$PATH; $b mkdir bin; echo 'echo my command $#' >bin/mine; $b chmod +x bin/mine; mine 1 2 3
printf '#!%s sh\necho "script $0 $1"\n' "$($b readlink -f /proc/self/exe)" >bin/script; $b chmod +x bin/script
bin/script arg

section background jobs
$b sleep 0 & wait; echo $?
(exit 6) & wait $!; echo $?
{ $b sleep 0; exit 9; } & p1=$!; (exit 8) & p2=$!; wait $p2; echo $?; wait $p1; echo $?
for i in 1 2 3 4 5; do (exit $i) & done; wait; echo all done
wait 99999 2>/dev/null; echo $?
$b mkfifo p; echo via fifo >p & read line <p; wait; echo $line
r=0; for i in 1 2 3 4 5 6 7 8; do $b seq 1 $((i * 100)) >j$i & done; wait; $b cat j? | $b wc -l

section signals
trap 'echo got usr1' USR1; kill -USR1 $$; echo after
trap 'echo got term' TERM; kill $$; trap - TERM
trap '' HUP; kill -HUP $$; echo ignored; $b sh -c 'kill -HUP $$; echo child ignores too'; trap - HUP
$b sh -c 'kill -TERM $$; echo never'; echo $?
$b sh -c 'kill -KILL $$; echo never'; echo $?
$b sh -c 'kill -SEGV $$; echo never' 2>/dev/null; echo $?
$b sh -c 'kill -INT $$; echo never'; echo $?
$b sh -c 'trap "echo bye" EXIT; echo work'
$b sh -c 'trap "echo bye; exit 5" TERM; kill $$; echo never'; echo $?
(trap 'echo sub usr2' USR2; $b sh -c "kill -USR2 \$PPID"; echo sub done)
$b sh -c 'trap "echo stopped waiting; exit 3" USR1; (kill -USR1 $$) & wait; echo never'; echo $?
exec 7>&2 2>/dev/null
$b sleep 100 & kill $!; wait $!; echo $?
$b sleep 100 & kill -9 $!; wait $!; echo $?
$b sleep 100 & kill -STOP $!; kill -CONT $!; kill -TERM $!; wait $!; echo $?
exec 2>&7 7>&-
kill -0 $$ && echo alive
kill -0 99999 2>/dev/null || echo nobody
kill -l 15
$b yes >/dev/null & kill $!; wait $! 2>/dev/null; echo $?
(trap '' PIPE; $b sh -c 'echo x; echo y') 2>/dev/null | $b head -n 1

section limits
(ulimit -n 50; ulimit -n)
(ulimit -n 8; exec 7</dev/null; exec 8</dev/null) 2>/dev/null; echo $?
(ulimit -f 1; $b head -c 5000 /dev/zero >large) 2>/dev/null; echo $?; $b stat -c %s large
(ulimit -S -c 0; ulimit -c)
(ulimit -t 100; ulimit -t)

section nesting
$b sh -c '$b sh -c "\$b sh -c \"echo three deep\""' b=$b 2>/dev/null; b=$b $b sh -c 'b='$b'; $b sh -c "echo two deep"'
d=0; deep() { if [ $1 -gt 0 ]; then (deep $(($1 - 1))); else echo bottom; fi; }; deep 25
echo "echo from stdin; exit 4" | $b sh; echo $?
exec 8>&1; (echo through eight >&8); exec 8>&-
while read a rest; do echo "$rest $a"; done <<END
1 one
2 two
END
read -r raw <<'END'
back\slash
END
echo "$raw"
$b seq 1 3 | { while read k; do t=$t$k; done; echo $t; }
printf '%s-' x y z; echo
echo done
exit 0
