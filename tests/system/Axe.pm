# SPDX-License-Identifier: MIT
# axe-core, which looks for what keeps people from using a page with a keyboard or a screen reader.  It is no package of
# Debian's: npm fetches this version once, into the build folder; CREANCE_AXE names a copy that is here already.
package Axe;
use strict;
use warnings;
use Creance;
use Digest::SHA;

my $name = 'axe-core-4.14.1';
my $digest = '29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c';

# Its source; or undef, and why.
sub source_text {
	my $file = $ENV{CREANCE_AXE} // build() . "/$name/package/axe.min.js";
	if (!-e $file && !$ENV{CREANCE_AXE}) {
		return (undef, 'npm, which fetches axe-core, is not installed') if !grep { -x "$_/npm" } split /:/, $ENV{PATH};
		my $folder = build() . "/$name";
		my $r = run_command(['sh', '-c', 'mkdir -p "$1" && cd "$1" && npm pack --silent --fetch-retries=0 axe-core@4.14.1 &&
			tar -xzf axe-core-4.14.1.tgz', 'sh', $folder], limit => 60);
		return (undef, 'axe-core cannot be fetched') if $r->{status} || !-e $file;
	}
	my $text = slurp($file);
	return (undef, "$file is another version of axe-core") if Digest::SHA::sha256_hex($text) ne $digest;
	utf8::decode($text);
	return $text;
}

# What axe-core finds in the browser's page: a line for each; '': nothing.
sub findings {
	my ($browser, $text) = @_;
	eval { $browser->value("$text; 1") } or die "axe-core does not run\n" if !$browser->value('!!window.axe');
	return $browser->value(<<'EOS');
axe.run().then((r) => r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(', ')}`).join('\n'))
EOS
}

1;
