#!/usr/bin/env python3
"""Does on $HALE_HOST:7000 what the first line of each connection says.

echo           sends every line back
source N       sends N bytes (see `block`) and ends
sink           reads to the end, then says how many bytes there were and their SHA-256
finish-first   says "bye", ends its own direction, reads to the end and keeps what `last` says
last           says what the last `finish-first` got
reset N        sends N bytes and resets the connection
"""
import asyncio
import hashlib
import os
import resource
import socket
import struct

BLOCK = 1 << 18
last = b""


def block(number):
    """A block of the stream that `source` sends: each is another one, so that one lost or misplaced is noticed."""
    return struct.pack(">Q", number) * (BLOCK // 8)


async def digest(reader):
    count, seen = 0, hashlib.sha256()
    while data := await reader.read(BLOCK):
        count += len(data)
        seen.update(data)
    return b"%d %s" % (count, seen.hexdigest().encode())


async def send(writer, size):
    for number in range(-(-size // BLOCK)):
        writer.write(block(number)[:size - number * BLOCK])
        await writer.drain()


async def act(words, reader, writer):
    global last
    if words[0] == b"echo":
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
    elif words[0] == b"source":
        await send(writer, int(words[1]))
    elif words[0] == b"sink":
        writer.write(await digest(reader))
    elif words[0] == b"finish-first":
        writer.write(b"bye")
        writer.write_eof()
        last = await digest(reader)
    elif words[0] == b"last":
        writer.write(last)
    elif words[0] == b"reset":
        await send(writer, int(words[1]))
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


async def serve(reader, writer):
    try:
        if words := (await reader.readline()).split():
            await act(words, reader, writer)
        if not writer.is_closing():
            await writer.drain()
    except (OSError, ValueError, asyncio.IncompleteReadError):
        # Clients that break off are what this server is for.
        pass
    finally:
        writer.close()


async def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = await asyncio.start_server(serve, os.environ.get("HALE_HOST", "127.0.0.1"), 7000, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
