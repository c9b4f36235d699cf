# A program that lives for a tenth of a second and is gone.
import time

clock = getattr(time, 'thread_time', time.time)


def work(end):
    x = 0
    while clock() < end:
        for i in range(300):
            x += i * i


def main():
    work(clock() + 0.08)


main()
