#!/bin/sh
# SPDX-License-Identifier: MIT
#
# applets.sh -- busybox applets at work, with output that is the same on every machine.
#
# Run it as `busybox sh applets.sh` here and in the guest, and compare the two outputs byte by byte.
# Nothing it prints depends on pids, clocks, host names, users, inode numbers or free space. It works in a
# directory of its own under ${TMPDIR:-/tmp} and removes it at the end.

b=${BUSYBOX:-busybox}
export LC_ALL=C TZ=UTC0
umask 022
work=${TMPDIR:-/tmp}/applets.$$
$b mkdir -p "$work" || exit 1
trap 'cd /; $b rm -rf "$work"' EXIT
cd "$work" || exit 1

count=0
# t NAME COMMAND...: prints a headline, the command's output (both streams), and its status.
t()
{
	count=$((count + 1))
	echo "== $1"
	shift
	"$@" 2>&1
	echo "-- $?"
}

# The same for a line of shell.
s()
{
	count=$((count + 1))
	echo "== $1"
	(eval "$2") 2>&1
	echo "-- $?"
}

# ---- material
$b seq 1 200 >numbers
$b printf 'pear 3\napple 10\nfig 7\napple 2\ncherry 7\n' >fruit
$b printf 'one\ttwo\tthree\n1\t2\t3\nx\ty\tz\n' >tabs
$b printf 'The quick brown fox\njumps over the lazy dog.\n\nA second paragraph, with\nfour\nshort lines.\n' >prose
$b awk 'BEGIN { for (i = 0; i < 3000; i++) printf "%d line with some text %d\n", i, i * i % 97 }' >big
$b printf '\000\001\002\377\376binary\n' >binary

# ---- text
t cat $b cat fruit prose
t cat-n $b cat -n prose
t tac $b tac fruit
t rev $b rev fruit
t head $b head -n 3 numbers
t head-c $b head -c 10 prose
t tail $b tail -n 2 numbers
t tail-plus $b tail -n +198 numbers
t nl $b nl -b a prose
t wc $b wc numbers prose big
t sort $b sort fruit
t sort-n $b sort -k2 -n -r fruit
t sort-u $b sort -u -k1,1 fruit
s uniq '$b sort fruit | $b cut -d" " -f1 | $b uniq -c'
t cut $b cut -f 2 tabs
t cut-c $b cut -c 1-4,7 fruit
t paste $b paste -d: fruit fruit
s tr '$b tr a-z A-Z <prose'
s tr-d '$b tr -d aeiou <prose | $b tr -s " "'
t fold $b fold -w 20 prose
s expand '$b expand -t 4 tabs; $b expand -t 4 tabs | $b unexpand -a -t 4 | $b cmp - tabs && echo same'
t grep $b grep -n apple fruit
t grep-v $b grep -vc 1 numbers
t grep-i $b grep -i -o THE prose
t egrep $b egrep '^(1|2)[0-9]{2}$' numbers
t fgrep $b fgrep -x -e 7 -e 77 numbers
t sed $b sed -n 's/\(.*\) \(.*\)/\2-\1/p' fruit
t sed-range $b sed '2,4d;$s/$/ END/' fruit
s sed-i '$b cp fruit edited; $b sed -i s/apple/APPLE/ edited; $b cat edited'
t awk $b awk '{ sum[$1] += $2 } END { for (k in sum) print k, sum[k] | "busybox sort" }' fruit
t awk-printf $b awk -F'\t' 'NR > 1 { printf "%s|%5s|%-5s|\n", $1, $2, $3 }' tabs
s diff '$b sort fruit >f1; $b sort fruit | $b sed 1d >f2; echo zebra >>f2; $b diff -L old -L new -u f1 f2'
s cmp '$b cmp fruit fruit && echo equal; $b cmp -s fruit prose || echo differ'
s patch '$b diff -u f1 f2 >p; $b cp f1 f3; $b patch f3 p; $b cmp f3 f2 && echo patched'
s ed '$b printf "%s\n" "2d" "1i" "zero" "." "w" "q" >cmds; $b cp fruit e; $b ed e <cmds; $b cat e'
s strings '$b strings binary; $b strings -n 8 binary'
s tee 'echo tee | $b tee t1 t2; $b cat t1 t2'
s xargs '$b seq 1 10 | $b xargs -n 3 echo row'
s xargs-0 '$b printf "a b\0c d\0" | $b xargs -0 -n 1 echo item:'
s shuf '$b shuf -i 1-50 | $b sort -n | $b md5sum'
s factor '$b factor 1 2 12 97 1000000007 1234567890'

# ---- numbers and strings
t echo $b echo -e 'a\tb\0101'
t printf $b printf '%05d|%-8s|%x|%c|%5.2f\n' 42 left 255 z 3.14159
t expr $b expr 6 \* 7 + 1
t expr-match $b expr abcdef : 'ab\(.*\)f'
t seq $b seq -w 8 2 14
t seq-s $b seq -s, 5
s bc 'echo "2^64; scale=5; 22/7" | $b bc'
s dc 'echo "2 10 ^ 3 + p" | $b dc'
t basename $b basename /usr/lib/libx.so .so
t dirname $b dirname /usr/lib/libx.so
t test $b test -f fruit -a ! -d fruit
t bracket $b [ 3 -lt 20 ]
t true $b true
t false $b false
s yes '$b yes word | $b head -n 3'
s env '$b env -i A=1 B=two $b env | $b sort'
s sh-env '$b env -i X=y $b sh -c "echo \$X"'
s getopt '$b getopt -o ab: -l long,val: -- -a -b 3 --val=x rest --long'
s usleep '$b usleep 1000; $b sleep 0; echo slept'
s timeout 'exec 2>/dev/null; $b timeout 5 $b echo in time; $b timeout -s KILL 1 $b sleep 30; echo $?'
s time '$b time $b true 2>&1 | $b cut -c1-4'
s cal '$b cal 2 2024'
s date '$b date -u -d @86400 "+%Y-%m-%d %H:%M:%S %j %a"; $b date -u -d "2024-02-29 12:34:56" +%s'

# ---- sums and codes
t md5sum $b md5sum fruit big
t sha1sum $b sha1sum fruit
t sha256sum $b sha256sum big
t sha512sum $b sha512sum fruit
t sha3sum $b sha3sum fruit
t crc32 $b crc32 big
s md5-check '$b md5sum fruit big >sums; $b md5sum -c sums'
t base64 $b base64 binary
s base64-d '$b base64 big | $b base64 -d | $b cmp - big && echo same'
s uuencode '$b uuencode fruit name >u; $b cat u; $b uudecode -o back u; $b cmp back fruit && echo same'
t od $b od -A d -t x1 binary
t od-c $b od -c binary
t hexdump $b hexdump -C binary
s xxd '$b xxd binary; $b xxd -p binary | $b xxd -r -p | $b cmp - binary && echo same'
s mkpasswd '$b mkpasswd -m md5 -S abcdefgh secret'

# ---- files
s mkdir '$b mkdir -p d/e/f; $b mkdir d; echo $?; $b find d | $b sort'
s touch '$b touch d/new; $b test -e d/new && echo there; $b touch -d "2020-01-02 03:04:05" d/new; $b stat -c "%y %n" d/new'
s cp '$b cp -r d copy; $b cp fruit copy/; $b find copy | $b sort; $b cmp fruit copy/fruit && echo same'
s cp-p '$b chmod 640 fruit; $b cp -p fruit kept; $b stat -c "%a %s" kept; $b chmod 644 fruit'
s mv '$b mv copy/fruit copy/moved; $b ls copy'
s ln '$b ln fruit hard; $b ln -s fruit soft; $b stat -c "%h %F" hard soft; $b readlink soft'
s readlink-f 'cd d; $b ln -s ../fruit up; $b readlink -f up | $b sed "s,.*/,,"'
s realpath '$b realpath d/../fruit | $b sed "s,.*/,,"'
s rm '$b rm hard soft; $b rm nothing; echo $?; $b rm -f nothing; echo $?; $b rm -r copy; $b ls'
s rmdir '$b mkdir x; $b rmdir x d; echo $?'
s unlink '$b touch gone; $b unlink gone; $b test -e gone; echo $?'
s chmod '$b touch m; $b chmod 751 m; $b stat -c %A m; $b chmod u-x,g+w,o= m; $b stat -c %A m; $b chmod +t d; $b stat -c %a d'
s umask 'umask 077; $b touch um; $b mkdir umd; $b stat -c %a um umd'
s ls '$b mkdir l; cd l; $b touch b a .h; $b mkdir c; $b ls; $b ls -a; $b ls -1F; $b ls -d c'
s ls-l '$b touch -d 2001-02-03 l/a; $b ls -l l/a | $b awk "{ print \$1, \$2, \$5, \$6, \$7, \$8 }"'
s stat '$b stat -c "%s %F %a %h %N" fruit; $b stat -c "%F %a" d'
s find '$b find d l -type f | $b sort; $b find . -name "part-*" | $b wc -l; $b find l -empty | $b sort'
s find-exec '$b find l -type f -exec echo found {} \; | $b sort'
s du '$b mkdir used; $b dd if=/dev/zero of=used/z bs=1024 count=64 2>/dev/null; $b test $($b du -k used | $b cut -f1) -ge 64 && echo big enough'
s dd '$b dd if=numbers bs=7 skip=2 count=3 2>/dev/null | $b od -c'
s dd-seek '$b dd if=fruit of=sparse bs=1 seek=100 count=4 2>/dev/null; $b stat -c %s sparse'
s truncate '$b truncate -s 5000 tr; $b stat -c %s tr; $b truncate -s 10 tr; $b stat -c %s tr'
s fallocate '$b fallocate -l 3000 fa; $b stat -c %s fa'
s mkfifo '$b mkfifo ff; $b cat ff & echo through the fifo >ff; wait'
s mktemp '$b mktemp -d tmp.XXXXXX | $b sed s/......\$/XXXXXX/'
s shred '$b cp fruit sh; $b shred -u sh; $b test -e sh; echo $?'
s dos2unix '$b printf "a\nb\n" >du; $b unix2dos du; $b od -c du; $b dos2unix du; $b od -c du'
s run-parts '$b mkdir rp; $b printf "#!/bin/sh\necho part one\n" >rp/01; $b printf "#!/bin/sh\necho part two\n" >rp/02; $b chmod 755 rp/*; $b run-parts rp 2>&1'
s which 'PATH=$work/rp $b which 01 | $b sed "s,.*/,,"'
s test-ops '$b [ -s fruit ] && $b [ -x rp/01 ] && $b [ rp/02 -nt l/a ] && echo ops'

# ---- archives and compression
s tar '$b mkdir -p arch/in; $b cp fruit arch/in; $b ln -s fruit arch/in/link; $b tar cf a.tar arch; $b tar tf a.tar | $b sort'
s tar-x '$b mkdir out; $b tar xf a.tar -C out; $b cmp out/arch/in/fruit fruit && $b readlink out/arch/in/link'
s tar-z '$b tar czf a.tgz arch && $b tar tzf a.tgz | $b wc -l'
s cpio '$b find arch | $b sort | $b cpio -o -H newc >a.cpio 2>/dev/null; $b cpio -t <a.cpio 2>/dev/null'
s ar '$b cp numbers ar1; $b printf "!<arch>\n" >empty.a; $b ar t empty.a; echo $?'
s gzip '$b gzip -c big >big.gz; $b gunzip -c big.gz | $b cmp - big && echo same; $b zcat big.gz | $b md5sum'
s bzip2 '$b bzip2 -c big >big.bz2; $b bunzip2 -c big.bz2 | $b cmp - big && echo same; $b bzcat big.bz2 | $b wc -l'
s xz 'echo /Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4AApABVdADQZSe6N6RLmFA6/udJnpXFnCAwAAAAAAAB+i6J3AAEtKhImF9uQQpkNAQAAAAABWVo= | $b base64 -d >x.xz; $b xz -dc x.xz; $b unxz x.xz; $b cat x'
s lzop '$b lzop -c big 2>/dev/null >big.lzo; $b lzop -dc big.lzo | $b cmp - big && echo same'

# ---- processes and system, as far as they are the same everywhere
s ps '$b ps >/dev/null && echo listed'
s kill 'exec 2>/dev/null; $b sleep 100 & $b kill $!; wait $!; echo $?'
s kill-l '$b kill -l 9; $b kill -l TERM'
s kill-9 'exec 2>/dev/null; $b sleep 101 & $b kill -9 $!; wait $!; echo $?'
s setsid '$b setsid $b echo in a session'
s chroot '$b mkdir -p root/bin; $b cp "$($b readlink -f /proc/self/exe)" root/bin/busybox && $b chroot root /bin/busybox ls /'
s id '$b id -u; $b id -g; [ "$($b id -u)" != 0 ] || $b whoami 2>/dev/null || echo root'
s uname '$b uname -s; $b uname -m'
s nproc '$b test $($b nproc) -ge 1 && echo some'
s pwd 'cd d/e; $b pwd | $b sed "s,.*/applets[^/]*,,"'
s tty '$b tty </dev/null'
s mount '$b mount >/dev/null && echo mounts'
s free '$b free | $b head -n 1 | $b awk "{ print \$1, \$2, \$3 }"'
s df '$b df /proc >/dev/null && echo space'
s uptime '$b uptime >/dev/null && echo up'
s sync '$b sync && echo synced'
s ts 'echo line | $b ts X | $b cat'
s cat-devices '$b head -c 4 /dev/zero | $b od -c; echo gone >/dev/null; $b dd if=/dev/zero of=/dev/full bs=1 count=1 2>&1 | $b grep -c "No space"'
s pipeline '$b seq 1 1000 | $b grep 7 | $b sort -rn | $b awk "{ s += \$1 } END { print s, NR }" | $b tr " " ,'
s pidof '$b pidof no-such-program; echo $?'
s hostid '$b hostid | $b wc -c'
s link-count '$b ln fruit h1; $b ln fruit h2; $b stat -c %h fruit; $b rm h1 h2; $b stat -c %h fruit'
s cpio-x '$b mkdir cx; cd cx; $b cpio -i <../a.cpio 2>/dev/null; $b find . | $b sort; $b cmp arch/in/fruit ../fruit && echo same'
s gunzip '$b cp big g1; $b gzip g1; $b test -e g1 || echo compressed; $b gunzip g1.gz; $b cmp g1 big && echo same'
s chown '$b chown 1000:1000 m; $b stat -c "%u:%g" m; $b chgrp 7 m; $b stat -c %g m'
s sh '$b sh -c "exit 9"; echo $?; echo "echo from stdin" | $b sh'
s usage '$b nosuchapplet; $b cat nofile; $b ls nofile'
s less '$b less <fruit | $b cat'
s more '$b more fruit | $b cat'
s stty '$b stty </dev/null 2>&1 | $b head -c 4; echo'
s ipcalc '$b ipcalc -n -b 10.1.2.3/20'
s rpm2cpio '$b rpm2cpio fruit 2>&1 | $b grep -c rpm'

echo "== $count commands"
