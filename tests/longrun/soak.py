#!/usr/bin/env python3
"""soak.py - many cycles and polls on one set of folders: does anything grow?

usage: soak.py [CYCLES]

Accelerated: a cycle takes as long as its work, not a minute. In most of them the
recording is a stored one, which a stand-in for gp-record replays through the real
gp-symbolize, gp-collapse and gp-upload, under gp-run, into a bounded directory and
to a server on loopback; every 100th records a shell that is busy. Every 10th cycle
gp-heartbeat polls, gets a new command, and its worker runs another cycle.

Before the count begins, the history of commands is filled to its bound, by polls
that are told to stop what does not run. From the 100th cycle to the last, files,
directories, bytes, descriptors, pipes, processes and the memory of each stage must
then stand still. Prints a table of what they were, beside the figures that the
first fleet profiled all over had; exit status 1 if something grew. Interrupted, it
ends behind the next cycle that records, and judges what there was.
"""
import os
import signal
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import world  # noqa: E402

REAL_EVERY, BEAT_EVERY, HISTORY, WARM = 100, 10, 1000, 100
FINISHED = 2048  # SPOOL_FINISHED_MAX
STAGES = ('run', 'record', 'symbolize', 'collapse', 'upload')


class Soak:
    def __init__(self, cycles):
        self.w = world.World('soak')
        self.w.server.keep = False
        self.cycles = cycles
        self.commands = 0
        self.rows = []
        self.failed = []
        self.window = {}
        self.stop = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.interrupt)
        self.load = world.spawn(['/bin/sh', '-c', 'while :; do :; done'],
                                os.devnull)
        self.make_replay()

    def interrupt(self, *_):
        self.stop = True

    def make_replay(self):
        """A bindir in which gp-record is a recording of this machine."""
        bindir = self.w.at('bin')
        os.mkdir(bindir)
        raw = self.w.at('raw')
        subprocess.run([self.w.bin + '/gp-record', '-q', '-d', '500ms', '-o',
                        raw], check=True, stdin=subprocess.DEVNULL)
        with open(bindir + '/gp-record', 'w') as f:
            f.write('#!/bin/sh\nexec cat %s\n' % raw)
        os.chmod(bindir + '/gp-record', 0o755)
        for name in ('symbolize', 'collapse', 'upload', 'run'):
            os.symlink('%s/gp-%s' % (self.w.bin, name), bindir + '/gp-' + name)
        self.replay = ['--bindir', bindir]
        os.kill(self.load, signal.SIGSTOP)
        self.bounds = ['--pass', 'upload:--max-files=40',
                       '--pass', 'upload:--max-size=64M']

    def end(self, pid, what, good):
        """Wait for it and for all that it started."""
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        left = self.w.wait_alone(except_for=(self.load,))
        said = self.w.said()
        if code not in good or left:
            self.failed.append('%s: status %d, left %s, said %s' % (
                what, code, left, said[-400:]))

    def cycle(self, n):
        real = n % REAL_EVERY == REAL_EVERY - 1
        # Processes and descriptors are counted every two seconds. One process
        # alone: what else runs here is not the same all the time. It stands
        # still until it is looked at.
        options = ['-d', '2200ms', '-p', str(self.load)] if real \
            else ['-d', '1s', *self.replay]
        if real:
            os.kill(self.load, signal.SIGCONT)
        self.end(self.w.run(*options, *self.bounds), 'cycle %d' % n, (0, 1))
        os.kill(self.load, signal.SIGSTOP)
        self.measure(real)

    def command(self, kind):
        self.commands += 1
        self.w.server.command = {
            'command_id': '00000000-0000-4000-8000-%012d' % self.commands,
            'profiling_command': {'command_type': kind, 'combined_config':
                                  {'duration': 1} if kind == 'start' else {}}}

    def beat(self, kind):
        self.command(kind)
        run = [word for option in self.replay + self.bounds
               for word in ('--run', option)]
        # The second poll reports how it ended.
        for _ in range(2 if kind == 'start' else 1):
            self.end(self.w.beat(*run), 'poll', (0,))
            self.note('heartbeat memory', self.metrics('heartbeat')[
                'gp_heartbeat_peak_memory_bytes'])

    # -- figures -------------------------------------------------------------

    def note(self, name, value):
        self.window.setdefault(name, []).append(value)

    def metrics(self, whose='state'):
        found = {}
        with open(self.w.at(whose, 'metrics.prom')) as f:
            for line in f:
                if not line.startswith('#'):
                    name, _, value = line.rpartition(' ')
                    found[name] = float(value)
        return found

    def measure(self, real):
        m = self.metrics()
        for stage in STAGES:
            if stage == 'record' and not real:
                continue
            self.note(stage + ' memory', m.get(
                'gp_stage_peak_memory_bytes{stage="%s"}' % stage, 0))
            if stage in ('record', 'symbolize') and real:
                self.note(stage + ' descriptors', m.get(
                    'gp_stage_descriptors{stage="%s"}' % stage, 0))
        if real:
            self.note('all memory', m['gp_cycle_peak_memory_bytes'])
            self.note('pipes', m['gp_cycle_pipes'])
            self.note('processes', m['gp_cycle_processes'])

    def count(self, folder):
        """(files and folders, bytes) below one of ours."""
        n = size = 0
        for top, dirs, names in os.walk(self.w.at(folder)):
            n += len(dirs) + len(names)
            size += sum(os.lstat(os.path.join(top, name)).st_size
                        for name in names)
        return n, size

    def snapshot(self, n):
        """What the cycles since the last one took, and what is there now."""
        row = {name: statistics.median(v) for name, v in self.window.items()}
        self.window = {}
        for folder in ('state', 'spool', 'store', 'cache', 'tmp', 'heartbeat'):
            row[folder + ' inodes'], row[folder + ' bytes'] = \
                self.count(folder)
        row['own descriptors'] = len(os.listdir('/proc/self/fd'))
        self.rows.append((n, row))

    def run(self):
        began = time.monotonic()
        for _ in range(min(HISTORY, self.cycles)):
            self.beat('stop')
        self.window = {}
        every = max(WARM, self.cycles // 10)
        for n in range(self.cycles):
            self.cycle(n)
            if n % BEAT_EVERY == BEAT_EVERY - 1:
                self.beat('start')
            # Windows end behind a cycle that recorded.
            last = n + 1 == self.cycles or \
                self.stop and n + 1 > WARM and (n + 1) % REAL_EVERY == 0
            if n + 1 == WARM or (n + 1) % every == 0 or last:
                if n + 1 > WARM or not self.rows:
                    self.snapshot(n + 1)
                print('# %d cycles, %.0f s' % (n + 1, time.monotonic() - began),
                      flush=True)
            if last:
                self.cycles = n + 1
                break

    # -- the verdict ---------------------------------------------------------

    def may_be(self, name, was):
        """How much a figure may be at the end that was so much before."""
        if name == 'spool bytes':
            # It grows to the bound of the ids that are remembered.
            return was + 2 * FINISHED * 33
        if name == 'heartbeat bytes':
            # The first of the history are shorter commands than the last.
            return HISTORY * 256
        if name == 'all memory':
            return 100 << 20
        # As seen at some moment; each cycle's processes are new ones.
        if name == 'pipes' or name.endswith(' descriptors') and \
                name != 'own descriptors':
            return 50
        if name.endswith('bytes'):
            # The same number of profiles; they are not all of one size.
            return was * 1.3 + 16384
        if name.endswith('memory'):
            return was * 1.1 + (2 << 20)
        return was + 4

    def judge(self):
        (_, first), (_, last) = self.rows[0], self.rows[-1]
        for name in sorted(first):
            if last.get(name, 0) > self.may_be(name, first[name]):
                self.failed.append('%s grew: %.0f, then %.0f' % (
                    name, first[name], last[name]))
        if self.w.server.arrivals < self.cycles or not self.w.server.completed:
            self.failed.append('nothing arrived')

    def show(self):
        mb = 1 << 20
        at = [self.rows[0], self.rows[len(self.rows) // 2], self.rows[-1]]

        def line(what, name, unit=1, was='', ours=''):
            print('%-34s %10s %10s %10s  %-22s %s' % (
                what, *('%.1f' % (row.get(name, 0) / unit) if unit > 1 else
                        '%d' % row.get(name, 0) for _, row in at), was, ours))

        print('\n%-34s %10s %10s %10s  %-22s %s' % (
            'behind cycle', *('%d' % n for n, _ in at), 'there: before, after',
            'here at most'))
        line('all stages, MB', 'all memory', mb, '2.8 GB, 600-800 MB',
             '100 MB')
        for stage in STAGES:
            line('  gp-%s, MB' % stage, stage + ' memory', mb)
        line('gp-heartbeat, MB', 'heartbeat memory', mb,
             '500-800, 50-100 MB', '10 MB')
        line('pipes, at once', 'pipes', 1, '3000+, < 50', 'a constant')
        line('processes, at once', 'processes', 1, '', 'a constant')
        for stage in STAGES[1:3]:
            line('  descriptors of gp-' + stage, stage + ' descriptors')
        for folder in ('state', 'spool', 'store', 'cache', 'tmp', 'heartbeat'):
            line(folder + ': files and folders', folder + ' inodes')
            line(folder + ': KB', folder + ' bytes', 1024)
        m = self.metrics()
        print('%d cycles, %d commands (%d reported), %d profiles at the '
              'server; errors said: %d' % (
                  self.cycles, self.commands, len(self.w.server.completed),
                  self.w.server.arrivals, m['gp_log_errors_total']))


def main():
    soak = Soak(int(sys.argv[1]) if len(sys.argv) > 1 else 10000)
    try:
        soak.run()
        soak.judge()
        soak.show()
    finally:
        soak.w.close()
    for what in soak.failed[:20]:
        print('wrong:', what)
    return 1 if soak.failed else 0


if __name__ == '__main__':
    sys.exit(main())
