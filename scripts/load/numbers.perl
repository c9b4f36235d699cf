# A little work for scripts/quickstart --load: count words with a regex.
use strict;
use warnings;

sub count_words {
	my %n;

	$n{lc $1}++ while $_[0] =~ /(\w+)/g;
	return \%n;
}

sub by_count {
	my $n = shift;

	return sort { $n->{$b} <=> $n->{$a} || $a cmp $b } keys %$n;
}

my $text = join ' ', map { 'word' . $_ % 211 } 1 .. 5000;
my $end = time + $ARGV[0];
while (time < $end) {
	by_count(count_words($text));
	select undef, undef, undef, 0.003;
}
