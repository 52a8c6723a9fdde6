#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# creance trace on two CPUs: what one asks of the other is a step of the sender and one of the receiver, which know each
# other in every format; wake-ups lead to the other CPU.
use strict;
use warnings;
use FindBin;
use JSON::PP;
use lib $FindBin::Bin;
use Browser;
use Creance;
use Test::More;

my $work = work_dir();
my @files = map { ('-o', "$work/two.$_") } qw(json txt html pftrace);
# Programs of one CPU write to those of the other, which sleep meanwhile.
my $script = 'for i in 1 2 3 4; do (taskset 1 seq 300; sleep 0.01; taskset 1 seq 300) | taskset 2 cat >/dev/null; done';
my $run = run_creance(['trace', '--all', '--cpus', 2, '--buffer', '64M', @files,
	'--', '/bin/busybox', 'sh', '-c', $script], env => {COLUMNS => 250});
is_status($run, 0, 'a trace of two CPUs in all formats');
my ($head, @steps) = map { decode_json($_) } split /\n/, slurp("$work/two.json");
is_deeply([@$head{qw(cpus lost)}], [2, [0, 0]], 'is whole');

# ---- JSON
my %at; # time, CPU, event => step
$at{"$_->{ns} $_->{cpu} $_->{event}"} = $_ for @steps;
my @messages = grep { $_->{event} eq 'message_send' } @steps;
cmp_ok(scalar @messages, '>', 3, 'the CPUs send each other messages');
is(scalar(grep { $_->{args}{cpu} != 1 - $_->{cpu} } @messages), 0, 'never to themselves');
my @kinds = sort keys %{{map { $_->{name} => 1 } @messages}};
is(scalar(grep { !/^(?:reschedule|flush) message$/ } @kinds), 0, 'of known kinds') or diag("@kinds");
my @taken = grep { defined $_->{received_ns} } @messages;
cmp_ok(scalar @taken, '>', @messages / 2, 'most are taken');
my @wrong = grep {
	my $interrupt = $at{"$_->{received_ns} $_->{args}{cpu} interrupt_enter"};
	!$interrupt || $interrupt->{name} ne $_->{name} || $_->{received_ns} < $_->{ns}
} @taken;
is(scalar @wrong, 0, 'each by an interrupt of the other CPU, later') or diag(explain($wrong[0]));
my @interrupts = grep { defined $_->{from_cpu} } @steps;
cmp_ok(scalar @interrupts, '>', 3, 'interrupts know their messages');
@wrong = grep {
	my $message = $at{"$_->{sent_ns} $_->{from_cpu} message_send"};
	!$message || $message->{args}{cpu} != $_->{cpu} || $message->{name} ne $_->{name} || $message->{received_ns} != $_->{ns}
} @interrupts;
is(scalar @wrong, 0, 'which know them') or diag(explain($wrong[0]));
cmp_ok(scalar(grep { $_->{event} eq 'sched_wake' && $_->{args}{cpu} != $_->{cpu} } @steps), '>', 0, 'threads are woken on the other CPU');

# ---- the table
my $table = slurp("$work/two.txt");
ok($table =~ /interrupt CPU [01]: reschedule message/, 'the table has the message');
ok($table =~ /reschedule message from CPU [01]/, 'and where it comes from');

# ---- Perfetto
SKIP: {
	skip 'there is no protoc here', 2 if !have('protoc');
	my $schema = source() . '/host/trace';
	my $text = `protoc --decode=perfetto.Trace -I$schema perfetto.proto <$work/two.pftrace 2>&1`;
	is($?, 0, 'protoc decodes it');
	my (%begun, @ends);
	for my $packet (split /^packet \{$/m, $text) {
		my ($name) = $packet =~ /^\s+name: "((?:to|from) CPU [01]: .*)"$/m or next;
		my ($flow) = $packet =~ /flow_ids: (\d+)/;
		my ($track) = $packet =~ /track_uuid: (\d+)/;
		if ($name =~ /^to/) { $begun{$flow} = [$name, $track] } else { push @ends, [$flow, $name, $track] }
	}
	@wrong = grep {
		my ($flow, $name, $track) = @$_;
		!$begun{$flow} || $begun{$flow}[0] =~ s/^to CPU .//r ne $name =~ s/^from CPU .//r || $begun{$flow}[1] == $track
	} @ends;
	ok(@ends > 3 && !@wrong, 'flows lead from messages to interrupts on another track')
		or diag(scalar @ends, ' ends; wrong: ', explain(\@wrong));
}

# ---- the page
SKIP: {
	skip 'there is no Chromium here', 5 if !Browser::program() || !eval { Browser->open('about:blank') };
	my $browser = Browser->open("file://$work/two.html");
	ok($browser->wait_for('document.documentElement.dataset.ready'), 'the page is ready') or diag(join "\n", $browser->console);
	$browser->settle;
	is($browser->value('app.t.cpu_lanes.length'), 2, 'has a lane for each CPU');
	cmp_ok($browser->value('app.t.sent.size'), '>', 3, 'and messages');
	$browser->value("app.select([...app.t.received.values()].at(-1), 'link')");
	my $message = $browser->value('app.selected');
	$browser->key(']');
	my $interrupt = $browser->value('app.selected');
	ok($interrupt > $message && $browser->value("app.t.cpu[$interrupt]") != $browser->value("app.t.cpu[$message]"),
		'] goes from a message to the interrupt on the other CPU');
	$browser->key('[');
	is($browser->value('app.selected'), $message, 'and [ back');
}
done_testing();
