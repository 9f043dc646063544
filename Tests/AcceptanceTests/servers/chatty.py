#!/usr/bin/env python3
"""Prints numbered lines.

usage: chatty.py [--rate LINES_A_SECOND] [--count LINES] [--width BYTES]

--rate    how many a second, on average (default 100)
--count   end the printing, not the process, after that many
--width   how long each line is (default 80)

"""
import argparse
import os
import signal
import time

parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float, default=100)
parser.add_argument("--count", type=int)
parser.add_argument("--width", type=int, default=80)
options = parser.parse_args()

BATCHES_A_SECOND = 50
signal.signal(signal.SIGTERM, lambda number, frame: os._exit(0))


def write(text):
    data = text.encode()
    while data:
        data = data[os.write(1, data):]


number = 0
started = time.monotonic()
while options.count is None or number < options.count:
    due = int((time.monotonic() - started) * options.rate)
    if options.count is not None:
        due = min(due, options.count)
    if due > number:
        write("".join(f"{serial} ".ljust(options.width - 1, "x") + "\n" for serial in range(number, due)))
        number = due
    time.sleep(1 / BATCHES_A_SECOND)
write(f"printed {number}\n")
while True:
    signal.pause()
