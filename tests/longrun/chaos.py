#!/usr/bin/env python3
"""chaos.py - gp-run and gp-heartbeat, and what they start, killed at any instant.

usage: chaos.py [CYCLES [SEED]]

Each cycle records the machine for a moment with the real gp-record, gp-symbolize,
gp-collapse and gp-upload, into a directory and to a server on loopback that at
times refuses, and at times takes a profile and loses the answer. Every sixth is a
command of the control server's, which gp-heartbeat's worker runs. In each, one
process, of all that run at a chosen instant, gets SIGKILL.

Every recording has a frequency of its own, by which it is found again. What is
checked, at the end and for each of them:

- samples: what the BPF program counted is what was delivered and what is named as
  lost. Where gp-record itself died with samples that nobody else had, the number
  is a lower bound ("or more"), and no more than what the program counted.
- delivered once: one file in the directory; one id at the server, with the same
  content.
- commands: each is reported once, and ran once at most.
- nothing is left: no process after any cycle; no nameless-to-be or temporary file,
  no lock, no profile that waits, after two undisturbed cycles at the end.

Exit status 0, or 1 with what was wrong.
"""
import collections
import os
import random
import re
import sys
import time

sys.dont_write_bytecode = True
import world  # noqa: E402

STAGES = ('gp-run', 'gp-record', 'gp-symbolize', 'gp-collapse', 'gp-upload')
FREQ_FIRST, FREQS = 100, 4000
PATIENCE_S = 8  # for a process to appear that is to be killed
wrong = collections.Counter()


def fail(what, *detail):
    wrong[what] += 1
    if wrong[what] <= 5:
        print('wrong:', what, *detail, flush=True)


class Cycle:
    def __init__(self, n, rng):
        self.n, self.freq = n, FREQ_FIRST + n % FREQS
        self.is_command = n % 6 == 5
        self.victim = rng.choice(STAGES + (
            ('gp-heartbeat',) * 3 if self.is_command else ('any', 'any')))
        # Into an instant of all of it, or into the life of one; the last two
        # live for some milliseconds.
        self.after = rng.random() * (
            1.8 if self.victim == 'any' else
            rng.choice((0, 0.002, 0.005)) if self.victim in STAGES[3:] else
            rng.choice((0.005, 0.03, 0.3, 1)))
        self.duration = rng.choice(('150ms', '250ms', '1200ms'))
        self.flush = rng.choice((None, '50ms'))
        self.begin = self.end = self.fired = None
        self.killed = '-'
        self.witness = None
        self.recorders = set()
        self.said = ''

    def key(self):
        return '00000000-0000-4000-8000-%012d' % self.n


class Chaos:
    def __init__(self, cycles, seed):
        self.w = world.World('chaos')
        self.rng = random.Random(seed)
        self.cycles = [Cycle(n, self.rng) for n in range(cycles)]
        rng = random.Random(seed + 1)
        self.w.server.moods = lambda: rng.choice(
            ('take',) * 8 + ('refuse', 'lose'))

    def start(self, c):
        options = ['--pass', 'record:--flush=' + c.flush] if c.flush else []
        if not c.is_command:
            self.w.run('-F', str(c.freq), '-d', c.duration, *options)
            return
        self.w.server.command = {
            'command_id': c.key(),
            'profiling_command': {'command_type': 'start', 'combined_config': {
                'duration': 1, 'frequency': c.freq}}}
        self.w.beat(*[word for o in options for word in ('--run', o)])

    def look(self, c):
        """The processes now; gp-record's counters are held on to."""
        alive = world.descendants()
        for pid, name in alive:
            if name == 'gp-record':
                c.recorders.add(pid)
            if name == 'gp-record' and (not c.witness or c.witness.fd < 0):
                c.witness = world.Witness(pid)
        return alive

    def disturb(self, c):
        """Kill one process; which, and when, the cycle says."""
        began = seen = time.monotonic()
        found = False
        while time.monotonic() - began < PATIENCE_S:
            alive = self.look(c)
            world.reap()
            there = [pid for pid, name in alive
                     if c.victim in ('any', name[:15])]
            if not found:
                found, seen = bool(there), time.monotonic()
            if not alive:
                return  # it was all over before
            if found and time.monotonic() - seen >= c.after:
                pid, name = self.rng.choice(
                    [p for p in alive if p[0] in there] or alive)
                if world.kill(pid):
                    c.killed = name
                return
            if c.victim not in STAGES[3:]:
                time.sleep(0.002)

    def await_end(self, c):
        until = time.monotonic() + world.HANG_S
        while self.look(c) and time.monotonic() < until:
            world.reap()
            time.sleep(0.005)
        left = self.w.wait_alone()
        if left:
            fail('a process is left', c.n, c.killed, left)
            for pid, _ in left:
                world.kill(pid)

    def one(self, c):
        c.begin = time.time()
        self.start(c)
        self.disturb(c)
        self.await_end(c)
        # The server repeats its command, to who has heard of it and who not.
        polls = 0
        while c.is_command and (polls == 0 or polls < 10 and
                                c.key() not in self.w.server.completed):
            self.w.beat()
            self.await_end(c)
            polls += 1
        if c.witness and c.witness.fd >= 0:
            c.fired = c.witness.fired()
            c.witness.close()
        c.end = time.time()
        c.said = self.w.said()
        if os.listdir(self.w.at('tmp')):
            fail('a file is left in --tmpdir', c.n, c.killed,
                 os.listdir(self.w.at('tmp')))

    def settle(self):
        """Cycles and polls that nothing happens to."""
        self.w.server.moods = lambda: 'take'
        said = ''
        for i in range(40):
            self.w.run('-F', '99', '-d', '50ms')
            self.w.wait_alone()
            self.w.beat()
            self.w.wait_alone()
            said += self.w.said()
            waiting = [f for f in self.w.files() if re.match(
                r'state/(recording|unsent)/|spool/2', f)]
            if i > 0 and not waiting:
                return said
            time.sleep(3)
        fail('what waits is not delivered', waiting, said[-2000:])
        return said

    # -- judging -------------------------------------------------------------

    def check_files(self):
        """All that may be there has a name that stays."""
        good = re.compile('|'.join((
            r'state/(metrics\.prom|overlaps)', r'store/\.usage',
            r'spool/to/http/(\.lock|state|lock|\.state\.lock)',
            r'spool/(finished|\.lock|\.usage|\.finished)(/.*)?',
            r'heartbeat/(commands\.json|metrics\.prom|\.poll|\.worker|\.lock)',
            r'cache/.*')) + r'$')
        for f in self.w.files():
            if not good.match(f) or '.tmp.' in f:
                fail('a file is left', f)

    def named(self, c, said):
        """How many samples gp-run named as lost with this recording, at least;
        None if it did not name it at all."""
        n = None
        for count in re.findall(r'gp-record .*nothing was recorded'
                                r'(?:, (\d+) samples)?', c.said):
            n = int(count or 0)
        for stamp, count in re.findall(
                r'(\d{8}T\d{6}\.\d{3}): .*?; (\d+) samples or more', said):
            t = time.strptime(stamp[:15], '%Y%m%dT%H%M%S')
            t = time.mktime(t) - time.timezone + int(stamp[16:]) / 1000
            if c.begin - 0.001 <= t <= c.end:
                n = (n or 0) + int(count)
        return n

    def check_samples(self, c, profiles, said):
        where = (c.n, 'killed', c.killed, c.fired, c.said[-1500:])
        if not profiles:
            # A gp-record that was not seen with its counters had not begun.
            if c.fired and self.named(c, said) is None:
                fail('a recording is gone without a word', *where)
            if c.fired and (self.named(c, said) or 0) > c.fired:
                fail('more is named as lost than was taken', *where)
            return 'lost'
        p = profiles[0]
        total = p.samples + p.missing
        if p.samples != int(p.end.get('samples', -1)) or \
                p.missing != sum(int(r['count']) for r in p.lost):
            fail('a profile contradicts itself', p.end, p.lost, p.samples)
        if c.fired is None:
            return 'uncounted'  # over before its counters were found
        if total > c.fired:
            fail('more samples than were taken', total, *where)
        elif total < c.fired and not p.is_cut():
            fail('samples are missing and not named', total, *where)
        return 'cut' if p.is_cut() else 'whole'

    def check_once(self, c, stored, sent):
        if len(stored) > 1:
            fail('twice in the directory', c.n, c.killed, len(stored))
        if len(sent) > 1:
            fail('twice at the server', c.n, c.killed, len(sent))
        if len(stored) != len(sent):
            fail('in the directory or at the server, not both', c.n, c.killed,
                 len(stored), len(sent), c.said[-1500:])
        elif stored and stored[0].text != sent[0].text:
            fail('the two have different profiles', c.n, c.killed)

    def check_commands(self):
        for c in self.cycles:
            if c.is_command and c.key() not in self.w.server.completed:
                fail('a command is never reported', c.n, c.killed, c.said)
            if len(c.recorders) > 1:
                fail('a command or a cycle recorded twice', c.n, c.killed,
                     c.said)

    def judge(self, said):
        outcomes = collections.Counter()
        stored, sent = collections.defaultdict(list), \
            collections.defaultdict(list)
        for p in self.w.stored():
            stored[p.freq].append(p)
        for p in self.w.server.bundles.values():
            sent[p.freq].append(p)
        for c in self.cycles:
            self.check_once(c, stored[c.freq], sent[c.freq])
            outcomes[self.check_samples(c, stored[c.freq], said)] += 1
        if outcomes['uncounted'] * 5 > len(self.cycles):
            fail('too few recordings were seen while they were made',
                 outcomes)
        for text in self.w.server.broken:
            fail('not a bundle', text)
        self.check_commands()
        self.check_files()
        return outcomes

    def run(self):
        for i, c in enumerate(self.cycles):
            self.one(c)
            if (i + 1) % 50 == 0:
                print('# %d cycles, %.0f s' % (i + 1, time.time() -
                                             self.cycles[0].begin), flush=True)
        last = self.settle()
        outcomes = self.judge(''.join(c.said for c in self.cycles) + last)
        killed = collections.Counter(c.killed for c in self.cycles)
        print('# killed:', ', '.join('%s %d' % k for k in sorted(
            killed.items())))
        print('# profiles:', ', '.join('%s %d' % k for k in sorted(
            outcomes.items())))
        print('# samples taken %d, delivered %d' % (
            sum(c.fired or 0 for c in self.cycles),
            sum(p.samples for p in self.w.stored() if p.freq != 99)))
        print('# bundles arrived %d, different %d; commands %d, reported %d' %
              (self.w.server.arrivals, len(self.w.server.bundles),
               sum(c.is_command for c in self.cycles),
               len(self.w.server.completed)))


def main():
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    print('# %d cycles, seed %d' % (cycles, seed), flush=True)
    chaos = Chaos(cycles, seed)
    try:
        chaos.run()
    finally:
        if os.environ.get('KEEP'):
            print('# kept:', chaos.w.top)
        else:
            chaos.w.close()
    for what, n in sorted(wrong.items()):
        print('%d times: %s' % (n, what))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
