#!/usr/bin/env python3
"""Reads what Syncline writes, from docs/format.md alone, and prints the operations, one line of JSON each.

    read.py [--base FILE]... FILE

A keystroke, or a delta that goes on, is told fully only beside what it goes on from: name that with --base, in order.
Without it, containers and positions that only the receiver knows are null, or relative ("+3").

Python 3.11 or later. The packages `lz4` and `brotli` are needed where a file is packed so; the program says which.
"""

import importlib
import itertools
import json
import re
import sys
import zlib
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "format.md"
KINDS = ["text", "list", "map", "counter"]
STRETCHES = {0: "insert", 1: "delete", 2: "delete back", 3: "set", 4: "entry", 5: "mark", 6: "move", 7: "restore"}
INFLATED_MAX = 64 << 20
OPERATIONS_MAX = (1 << 30) - 1
# Operations in a block of a hash chain.
BLOCK = 64
NAN = bytes.fromhex("000000000000f87f")
# What segments of split peers come after, as far as was read: (peer, how many operations of it). An id says it for good.
SEGMENTS = {}


class Refused(Exception):
    """The bytes are not an encoding."""


class PackageMissing(Exception):
    """A package is needed that is not installed."""


def require(holds, why):
    if not holds:
        raise Refused(why)


def package(name, module):
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise PackageMissing(f"the package `{name}` is needed: pip install {name}") from error


# ---- bytes


class Bytes:
    """A walk over bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def take(self, count):
        require(count <= self.left(), "input ends early")
        self.at += count
        return self.data[self.at - count : self.at]

    def rest(self):
        return self.take(self.left())

    def byte(self):
        return self.take(1)[0]

    def word(self, size):
        return int.from_bytes(self.take(size), "little")

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            require(value < 1 << 64, "a varint of more than 64 bits")
            if byte < 128:
                require(byte > 0 or shift == 0, "a varint with a needless byte")
                return value
            shift += 7

    def end(self, what):
        require(self.left() == 0, f"{self.left()} bytes left over in {what}")


def signed(zigzag):
    return zigzag >> 1 if zigzag % 2 == 0 else -(zigzag >> 1) - 1


def zigzag_of(value):
    return ((value << 1) ^ (value >> 63)) & ((1 << 64) - 1)


def utf8(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("text is not UTF-8") from error


# ---- bits and prefix codes


class Bits:
    """Bits of bytes, the lowest first."""

    def __init__(self, data):
        self.word, self.count, self.at = int.from_bytes(data, "little"), 8 * len(data), 0

    def take(self, count):
        require(self.at + count <= self.count, "bits end early")
        value = (self.word >> self.at) & ((1 << count) - 1)
        self.at += count
        return value

    def end(self, what):
        require(self.count - self.at < 8, f"bits left over in {what}")
        require(self.take(self.count - self.at) == 0, f"{what} is not filled up with zeros")


class Code:
    """A prefix code, by its lengths."""

    def __init__(self, lengths):
        share = sum(2 ** (11 - length) for length in lengths if length > 0)
        alone = sum(length > 0 for length in lengths) == 1 and share == 1024
        require(share == 2048 or alone, "codes that do not share out all bits")
        self.symbols = {}
        code = 0
        for length in range(1, 12):
            code <<= 1
            for symbol, own in enumerate(lengths):
                if own == length:
                    self.symbols[length, code] = symbol
                    code += 1

    def take(self, bits):
        code = 0
        for length in range(1, 12):
            code = code << 1 | bits.take(1)
            symbol = self.symbols.get((length, code))
            if symbol is not None:
                return symbol
        raise Refused("bits that stand for nothing")


def read_code(bits, most):
    count = bits.take(8) + 1
    require(count <= most, "a code for symbols that there are not")
    lengths = []
    while len(lengths) < count:
        length = bits.take(4)
        require(length <= 11, "a code that is too long")
        if length > 0:
            lengths.append(length)
            continue
        lengths += [0] * (bits.take(4) + 1)
        require(len(lengths) < count, "a code that ends in nothing")
    return Code(lengths)


def take_number(code, bits):
    symbol = code.take(bits)
    if symbol < 8:
        return symbol
    e, h = divmod(symbol - 8, 2)
    return (2 | h) << (e + 2) | bits.take(e + 2)


# ---- blocks


def prefix_unpacked(data, length):
    bits = Bits(data)
    code = read_code(bits, 256)
    require(length <= bits.count, "a block that cannot unpack to its length")
    out = bytes(code.take(bits) for _ in range(length))
    bits.end("a block")
    return out


def strands_unpacked(reader, length):
    counts = [reader.varint() for _ in range(3)]
    strands = [Bits(reader.take(count)) for count in counts] + [Bits(reader.rest())]
    code = read_code(strands[0], 256)
    require(length <= sum(bits.count for bits in strands), "a block that cannot unpack to its length")
    out, quarter = [], -(-length // 4)
    for nth, bits in enumerate(strands):
        share = max(0, min(quarter, length - nth * quarter))
        out += [code.take(bits) for _ in range(share)]
        bits.end("a block")
    return bytes(out)


def lz4_unpacked(data, length):
    lz4 = package("lz4", "lz4.block")
    try:
        return lz4.decompress(data, uncompressed_size=length)
    except lz4.LZ4BlockError as error:
        raise Refused("a damaged block of lz4") from error


def brotli_unpacked(data):
    brotli = package("brotli", "brotli")
    try:
        return brotli.decompress(data)
    except brotli.error as error:
        raise Refused("a damaged block of Brotli") from error


def read_block(reader):
    packing, length = reader.byte(), reader.varint()
    if packing == 0:
        return reader.take(length)
    packed = reader.take(reader.varint())
    require(length <= INFLATED_MAX, "a block would unpack beyond its limit")
    if packing == 1:
        out = lz4_unpacked(packed, length)
    elif packing == 2:
        out = prefix_unpacked(packed, length)
    elif packing == 3:
        inner = Bytes(packed)
        length2 = inner.varint()
        out = lz4_unpacked(prefix_unpacked(inner.rest(), length2), length)
    elif packing == 5:
        inner = Bytes(packed)
        length2 = inner.varint()
        out = lz4_unpacked(strands_unpacked(inner, length2), length)
    elif packing == 4:
        out = brotli_unpacked(packed)
    else:
        raise Refused("unknown packing: a newer version is needed")
    require(len(out) == length, "a block that unpacks to another length")
    return out


# ---- fields


def default_codes():
    """The table of the page: number and name of each field, and its code."""
    table = re.search(r"^```text codes\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S).group(1)
    names, codes = [], []
    for line in re.sub(r"\n +", " ", table).splitlines():
        head, lengths = line.split(": ")
        number, name = head.split()
        assert int(number) == len(names)
        names.append(name)
        expanded = []
        for part in lengths.split():
            length, _, times = part.partition("x")
            expanded += [int(length)] * int(times or 1)
        codes.append(Code(expanded))
    return names, codes


FIELDS, DEFAULTS = default_codes()


class Column:
    """A field's values in a block of their own."""

    def __init__(self, data, differences):
        self.reader, self.before = Bytes(data), 0 if differences else None

    def take(self):
        value = self.reader.varint()
        if self.before is None:
            return value
        self.before = self.before + signed(value)
        self.before = (self.before + (1 << 63)) % (1 << 64) - (1 << 63)
        return zigzag_of(self.before)


class Fields:
    """A delta's fields, one after another."""

    def __init__(self, data, blocks, has_codes):
        self.bits, self.sources = Bits(data), list(DEFAULTS)
        for number in range(len(FIELDS) if has_codes else 0):
            if self.bits.take(1) == 0:
                continue
            if self.bits.take(1) == 0:
                self.sources[number] = read_code(self.bits, self.symbols(number))
                continue
            require(number in blocks, "a column that is not there")
            self.sources[number] = Column(blocks.pop(number), self.bits.take(1) == 1)
        require(not blocks, "a column that is not asked for")

    @staticmethod
    def symbols(number):
        name = FIELDS[number]
        return 128 if name.startswith("Head") else 16 if name == "Value" else 130

    def take(self, name):
        number = FIELDS.index(name)
        source = self.sources[number]
        if isinstance(source, Column):
            return source.take()
        return take_number(source, self.bits) if self.symbols(number) == 130 else source.take(self.bits)

    def mark(self):
        return self.bits.take(32).to_bytes(4, "little")

    def end(self):
        for source in self.sources:
            if isinstance(source, Column):
                source.reader.end("a column")
        self.bits.end("the delta")


# ---- operations


@dataclass
class Operation:
    """One operation, with what its canonical form needs."""

    peer: int
    seq: int
    parents: list
    container: tuple | None
    kind: str
    position: object
    content: object
    joined: bool
    # What was said of the transaction that it ends: how many operations it has, its author, message and time.
    remark: tuple | None = None
    # Known only as its peer's last one before a snapshot without history.
    is_end: bool = False

    def line(self):
        return json.dumps(
            {
                "peer": self.peer,
                "seq": self.seq,
                "parents": [f"{seq}@{peer}" for peer, seq in self.parents],
                "container": shown(self.container),
                "kind": self.kind,
                "position": self.position,
                "content": self.content if self.content is None or isinstance(self.content, str) else list(self.content),
                "continues": self.joined,
                "remark": self.remark,
            },
            ensure_ascii=False,
            default=lambda data: data.hex(),
        )


def shown(container):
    """A container's name as text: `text body`, `list body/key#0`, `map 3@7`."""
    if container is None:
        return None
    return f"{container[1]} {name_of(container)}"


def name_of(container):
    way, _, *rest = container
    if way == "root":
        return rest[0]
    if way == "given":
        return "?"
    if way == "made":
        return f"{rest[1]}@{rest[0]}"
    parent, key, generation = rest
    return f"{name_of(parent)}/{key}#{generation}"


@dataclass
class Delta:
    """What a keystroke or a delta says."""

    name: str
    peers: dict = field(default_factory=dict)
    operations: list = field(default_factory=list)
    marks: list = field(default_factory=list)
    runs: int = 0
    stretches: dict = field(default_factory=dict)
    goes_on_from: tuple | None = None
    # Of a snapshot: what it shows, how many operations of each peer it knows, heads and others, whether it has no history.
    shown: dict | None = None
    # Containers that do not stand where they were first.
    away: list = field(default_factory=list)
    counts: dict | None = None
    ends: list | None = None
    is_shallow: bool = False
    # Of texts that are shown, their marks.
    marked: dict = field(default_factory=dict)
    # Whether all text is in its place.
    is_seen: bool = True
    # Splits at which no segment begins.
    splits: list = field(default_factory=list)


class Somewhere:
    """A place that only the receiver knows, and how far from it."""

    def __init__(self, offset=0):
        self.offset = offset

    def __add__(self, more):
        return Somewhere(self.offset + more)

    def __str__(self):
        return f"{self.offset:+d}"


def place_after(operation):
    if operation.kind in ("entry", "restore"):
        return 0
    return operation.position + 1 if operation.kind == "insert" else operation.position


def moved(place, number):
    distance = number // 2 + 1
    return place + (distance if number % 2 == 0 else -distance)


def checked(position):
    if not isinstance(position, Somewhere):
        require(0 <= position <= OPERATIONS_MAX, "position out of range")
    return position


def read_remarks(reader, operations):
    """What was said of transactions, on the last operation of each."""
    at, last = -1, 0
    while reader.left():
        at += reader.varint() + 1
        require(at < len(operations), "a remark on an operation that is not there")
        parts = reader.byte()
        require(parts < 16, "unknown kind of remark: a newer version is needed")
        count = reader.varint() + 2 if parts & 8 else 1
        author, message = (utf8(reader.take(reader.varint())) if parts & part else None for part in (1, 2))
        time = None
        if parts & 4:
            time = last = (last + signed(reader.varint()) + (1 << 63)) % (1 << 64) - (1 << 63)
        operation = operations[at]
        require(count <= operation.seq + 1, "a transaction of more operations than its peer made")
        operation.remark = count, author, message, time


class Stretches:
    """Turns stretches into operations."""

    def __init__(self, delta):
        self.delta = delta

    def add(self, run, container, kind, start, contents, joined):
        """`run` is [peer, next seq, parents of the next]; gives the place where the stretch ends."""
        count = self.delta.stretches.setdefault(STRETCHES[kind], [0, 0])
        count[0] += 1
        count[1] += len(contents)
        low = start + -len(contents) if kind == 2 else start
        if kind not in (4, 7):
            checked(low)
        for k, content in enumerate(contents):
            position = {0: low + k, 2: low + (len(contents) - 1 - k), 4: 0, 7: 0}.get(kind, low)
            position = str(position) if isinstance(position, Somewhere) else position
            peer, seq, parents = run
            name = "delete" if kind == 2 else STRETCHES[kind]
            first = joined and k == 0
            self.delta.operations.append(Operation(peer, seq, parents, container, name, position, content, first))
            run[1], run[2] = seq + 1, [(peer, seq)]
        return low + len(contents) if kind == 0 else low


# ---- frames


def read_frame(reader):
    start = reader.at
    form = reader.byte()
    require(form in (1, 2, 3), f"format {form} is not known: a newer version is needed")
    length = reader.varint()
    header = reader.data[start : reader.at]
    checksum = reader.word(4)
    body = reader.take(length)
    require(zlib.crc32(body, zlib.crc32(header)) == checksum, "the checksum does not match")
    return form, body


def read_file(data, known):
    """The deltas of an encoding, the history first. `known` maps ids to operations, and grows by what is ready."""
    reader, deltas = Bytes(data), []
    while reader.left() or not deltas:
        form, body = read_frame(reader)
        if form != 3:
            deltas.append(read_delta(form, body, known))
            continue
        snapshot = Snapshot(body, known)
        deltas.append(snapshot.delta)
        known.update({(operation.peer, operation.seq): operation for operation in snapshot.delta.operations})
        if snapshot.delta.is_shallow:
            known.update({end["id"]: last_operation(end) for ends in snapshot.delta.ends for end in ends})
        while snapshot.rest.left():
            form, body = read_frame(snapshot.rest)
            require(form != 3, "a snapshot within a snapshot")
            deltas.append(read_delta(form, body, known))
    return deltas


def last_operation(end):
    container, kind, position = end["last"]
    return Operation(*end["id"], [], container, kind, position, None, False, is_end=True)


def read_delta(form, body, known):
    delta = read_keystroke(body, known) if form == 1 else Reader(body, known).delta
    known.update({(operation.peer, operation.seq): operation for operation in delta.operations})
    return delta


def read_keystroke(body, known):
    reader = Bytes(body)
    peer, seq, mark, head = reader.word(8), reader.varint(), reader.take(4), reader.byte()
    require(peer > 0, "peer 0")
    require(0 < seq <= OPERATIONS_MAX, "no operation before the first")
    kind = head & 7
    require(kind < 3 and head & ~(7 | 32 | 64) == 0, "unknown kind of keystroke: a newer version is needed")
    distance = None if head & 32 else reader.varint()
    if kind == 0:
        contents = list(utf8(reader.rest()))
        require(contents and (len(contents) == 1) == bool(head & 64), "an insertion of another length")
    else:
        contents = [None] * (1 if head & 64 else reader.varint() + 2)
        reader.end("a keystroke")
    delta = Delta("keystroke", peers={peer: [seq, len(contents)]}, runs=1, goes_on_from=(peer, seq - 1))
    delta.marks.append(((peer, seq - 1), mark))
    before = known.get((peer, seq - 1))
    require(before is None or before.container is None or before.container[1] == "text", "typing in no text")
    place = Somewhere() if unknown(before) else place_after(before)
    start = place if distance is None else moved(place, distance)
    container = before.container if before else None
    Stretches(delta).add([peer, seq, [(peer, seq - 1)]], container, kind, start, contents, False)
    return delta


def unknown(operation):
    return operation is None or isinstance(operation.position, str)


class Newest:
    """Numbers of which a new one comes up as the next."""

    def __init__(self):
        self.next = 0

    def take(self, value):
        number = self.next if value == 0 else value - 1
        self.note(number)
        return number

    def note(self, number):
        self.next = max(self.next, number + 1)


class Reader:
    """Reads a delta."""

    def __init__(self, body, known):
        self.known, self.delta = known, Delta("delta")
        reader = Bytes(body)
        flags = reader.byte()
        self.read_peers(reader)
        if flags & 64:
            self.read_splits(reader)
        self.containers, self.keys = [], []
        origin = self.read_origin(reader) if flags & 32 else None
        if flags & 16:
            self.read_names(Bytes(read_block(reader)))
        remarks = Bytes(read_block(reader) if flags & 128 else b"")
        runs = reader.varint()
        self.text = iter(utf8(read_block(reader)) if flags & 4 else "")
        self.values = Bytes(read_block(reader) if flags & 8 else b"")
        blocks, last = {}, -1
        for _ in range(reader.byte() if flags & 2 else 0):
            number = reader.byte()
            require(last < number < len(FIELDS), "no such column")
            blocks[number] = read_block(reader)
            last = number
        self.fields = Fields(reader.rest(), blocks, flags & 1)
        self.read_runs(runs, origin)
        require(next(self.text, None) is None, "more text than was inserted")
        self.values.end("the values")
        self.fields.end()
        read_remarks(remarks, self.delta.operations)

    def read_peers(self, reader):
        self.peers, self.starts = [], []
        for _ in range(reader.varint()):
            self.peers.append(reader.word(8))
            self.starts.append(reader.varint())
        require(0 not in self.peers and len(set(self.peers)) == len(self.peers), "peer 0, or one twice")
        self.delta.peers = {peer: [start, 0] for peer, start in zip(self.peers, self.starts)}

    def read_splits(self, reader):
        segments, last = {}, -1
        for _ in range(reader.varint()):
            number, before, length = reader.varint(), reader.varint(), reader.varint()
            require(last < number, "segments in another order")
            last, peer, before = number, item(self.peers, number), item(self.peers, before)
            segments[peer] = before, length
        for peer in segments:
            way = [peer]
            while way[-1] in segments:
                before, length = segments[way[-1]]
                require(before not in way and (length > 0 or before not in segments), "segments in no order")
                way.append(before)
            require(sum(segments[peer][1] for peer in way[:-1]) <= OPERATIONS_MAX, "a number too large")
        SEGMENTS.update(segments)
        for _ in range(reader.varint()):
            peer, number = reader.word(8), reader.varint()
            require(peer > 0 and number <= OPERATIONS_MAX, "a split of no peer")
            self.delta.splits.append((peer, number))

    def read_origin(self, reader):
        kind, mark = reader.byte(), reader.take(4)
        require(kind < 4 and self.peers and self.starts[0] > 0, "a delta that goes on from nothing")
        origin = self.peers[0], self.starts[0] - 1
        self.delta.goes_on_from = origin
        self.delta.marks.append((origin, mark))
        before = self.known.get(origin)
        container = before.container if before and before.container else ("given", KINDS[kind])
        require(container[1] == KINDS[kind], "a delta that goes on in another kind of container")
        self.containers.append(container)
        return Somewhere() if unknown(before) else place_after(before)

    def read_names(self, reader):
        key = b""
        for _ in range(reader.varint()):
            shared, more = reader.varint(), reader.varint()
            require(shared <= len(key), "a key shares more than there is")
            key = key[:shared] + reader.take(more)
            self.keys.append(utf8(key))
        seq = 0
        for _ in range(reader.varint()):
            way, kind = divmod(reader.byte(), 16)
            require(kind < 4, "unknown kind of container: a newer version is needed")
            if way == 0:
                name = ("root", KINDS[kind], item(self.keys, reader.varint()))
            elif way == 1:
                parent, key_number = item(self.containers, reader.varint()), reader.varint()
                require(parent[1] == "map", "a key within something else than a map")
                name = ("child", KINDS[kind], parent, item(self.keys, key_number), reader.varint())
            else:
                require(way == 2, "unknown way to name a container: a newer version is needed")
                peer = item(self.peers, reader.varint())
                seq += signed(reader.varint())
                require(seq >= 0, "an operation before the first")
                name = ("made", KINDS[kind], peer, seq)
            self.containers.append(name)
        reader.end("the tables")

    def read_runs(self, count, origin):
        self.next, self.places = list(self.starts), {}
        self.peers_up, self.containers_up, self.keys_up = Newest(), Newest(), Newest()
        self.last = self.other = 0
        self.container, self.before = None, None
        self.goes_on = origin is not None
        if self.goes_on:
            self.containers_up.note(0)
            self.container = 0
            self.places[0, 0] = origin
        self.delta.runs = count
        for _ in range(count):
            self.read_run()

    def read_run(self):
        value = self.fields.take("Author")
        author = [self.other, self.last, self.peers_up.next][value] if value < 3 else value - 3
        peer = item(self.peers, author)
        self.peers_up.note(author)
        if author != self.last:
            self.last, self.other = author, self.last
        length = self.fields.take("RunLen") + 1
        seq = self.next[author]
        require(seq + length <= OPERATIONS_MAX, "a run of too many operations")
        run = [peer, seq, self.read_parents(author, seq)]
        self.next[author] = seq + length
        self.delta.peers[peer][1] += length
        while run[1] < seq + length:
            self.read_stretch(author, run, seq + length - run[1])

    def read_parents(self, author, seq):
        shape = self.fields.take("Parents")
        parents = []
        if shape % 2 == 1:
            self.read_parent(author, seq - 1, parents)
        require(not self.goes_on, "a delta that does not go on as it says")
        for _ in range(shape // 2):
            self.read_parent(*self.operation_back(), parents)
        return parents

    def operation_back(self):
        value = self.fields.take("ParentPeer")
        by = self.other if value == 0 else self.peers_up.take(value - 1)
        item(self.peers, by)
        return by, self.next[by] - 1 - self.fields.take("ParentBack")

    def read_parent(self, by, seq, parents):
        require(seq >= 0, "no operation before the first")
        parent = self.peers[by], seq
        parents.append(parent)
        if self.goes_on:
            require(by == 0, "a delta that does not go on as it says")
            self.goes_on = False
        elif seq < self.starts[by]:
            self.delta.marks.append((parent, self.fields.mark()))

    def read_stretch(self, author, run, most):
        before = {0: "AfterInsert", 1: "AfterDelete", 2: "AfterDeleteBack"}.get(self.before, "")
        head = self.fields.take("Head" + before)
        kind = head & 7
        require(kind in STRETCHES and head < 128, "unknown kind of stretch: a newer version is needed")
        if head & 16:
            self.container = self.containers_up.take(self.fields.take("Container"))
        require(self.container is not None, "a stretch in no container")
        container = item(self.containers, self.container)
        deletes = kind in (1, 2)
        length = 1 if head & 64 else self.fields.take("DeleteLen" if deletes or kind == 7 else "InsertLen") + 2
        require(length <= most, "a stretch longer than its run")
        place, start = (author, self.container), 0
        holds = {"text": (0, 1, 2, 5, 7), "list": (0, 1, 2, 3, 6, 7), "map": (4, 7), "counter": (4,)}[container[1]]
        require(kind in holds, "a stretch that its container does not know")
        single = "more than one set, mark or move"
        require(kind in (0, 1, 2) or length == 1 or (kind == 7 and container[1] != "map"), single)
        if kind not in (4, 7):
            start = self.places.get(place, 0)
            if not head & 32:
                after = "AfterInsert" if self.before == 0 else ""
                start = moved(start, self.fields.take(("DeletePos" if deletes else "InsertPos") + after))
        else:
            require(not head & 32 or (kind == 4 and container[1] == "map"), "an entry or a restore at a place")
        self.before = kind
        if kind == 4 and head & 32:
            contents = [self.moved_here()]
        elif kind == 6:
            contents = [self.moved_to(start)]
        elif kind == 7:
            contents = self.restored(length)
        else:
            contents = self.contents(kind, container[1], length)
        end = Stretches(self.delta).add(run, container, kind, start, contents, bool(head & 8))
        if kind not in (4, 7):
            self.places[place] = end

    def restored(self, length):
        by, seq = self.operation_back()
        require(seq >= 0, "no operation before the first")
        return [("restored", self.peers[by], seq + k) for k in range(length)]

    def moved_here(self):
        """The key, and the container that is moved to it."""
        key = item(self.keys, self.keys_up.take(self.fields.take("Key")))
        name = item(self.containers, self.containers_up.take(self.fields.take("Container")))
        require(name[0] != "root", "a root that moves")
        return "key", key, "moved", name

    def moved_to(self, start):
        to = checked(start + signed(self.fields.take("Int")))
        return "int", str(to) if isinstance(to, Somewhere) else to

    def contents(self, kind, holds, length):
        if kind in (1, 2):
            return [None] * length
        if kind == 5:
            return [self.mark()]
        if kind == 0 and holds == "text":
            typed = [next(self.text, None) for _ in range(length)]
            require(None not in typed, "less text than was inserted")
            return typed
        if kind == 4 and holds == "map":
            key = item(self.keys, self.keys_up.take(self.fields.take("Key")))
            return [("key", key, *self.value())]
        values = [self.value() for _ in range(length)]
        require(holds != "list" or all(value[0] not in ("removed", "opened") for value in values), "a map's value")
        require(holds != "counter" or values[0][0] == "int", "a counter changed by no integer")
        return values

    def mark(self):
        """How far a mark reaches, how it expands, its key and its value."""
        key = item(self.keys, self.keys_up.take(self.fields.take("Key")))
        length, expansion = divmod(self.fields.take("Int"), 4)
        require(length < OPERATIONS_MAX, "a mark too long")
        value = self.value()
        require(value[0] not in ("removed", "opened", "made"), "a mark whose value is not plain")
        return ("mark", length + 1, expansion, key, *value)

    def value(self):
        kind = self.fields.take("Value")
        require(kind < 16, "unknown kind of value")
        if kind < 3:
            return [("null",), ("bool", False), ("bool", True)][kind]
        if kind == 3:
            return "int", signed(self.fields.take("Int"))
        if kind == 4:
            data = self.values.take(8)
            is_nan = data[7] & 127 == 127 and data[6] >= 240 and data[:6] + bytes([data[6] & 15]) != bytes(7)
            require(not is_nan or data == NAN, "a NaN other than the one in use")
            return "float", data
        if kind == 5:
            return "string", utf8(self.values.take(self.fields.take("Length")))
        if kind == 6:
            return "bytes", self.values.take(self.fields.take("Length"))
        if kind == 7:
            return ("removed",)
        if kind < 12:
            return "opened", KINDS[kind - 8], self.fields.take("Generation")
        return "made", KINDS[kind - 12]


class Snapshot(Reader):
    """Reads a snapshot: what is shown, and then the history, in which only a replay puts the text in its place."""

    def __init__(self, body, known):
        self.known, self.delta = known, Delta("snapshot")
        reader = Bytes(body)
        self.peers, self.counts = [], []
        for _ in range(reader.varint()):
            self.peers.append(reader.word(8))
            self.counts.append(reader.varint())
        require(0 not in self.peers and len(set(self.peers)) == len(self.peers), "peer 0, or one twice")
        self.starts, self.goes_on = [0] * len(self.peers), False
        self.delta.peers = {peer: [0, 0] for peer in self.peers}
        self.containers, self.keys = [], []
        self.read_names(Bytes(read_block(reader)))
        self.delta.ends = self.read_ends(reader)
        text = utf8(read_block(reader))
        flags = reader.byte()
        require(flags & ~(1 | 2 | 8 | 16 | 32 | 64 | 128) == 0, "unknown flags: a newer version is needed")
        if flags & 64:
            self.read_splits(reader)
        self.moved = self.read_listed(reader) if flags & 32 else []
        self.away = self.read_listed(reader) if flags & 16 else []
        is_away = (name[0] in ("child", "made") and name not in self.moved for name in self.away)
        require(all(is_away), "a container that is not away")
        self.open(reader, flags, sized=True)
        texts = self.read_state(text, flags & 128)
        self.values.end("the values")
        self.fields.end()
        self.delta.shown, self.delta.counts = texts, dict(zip(self.peers, self.counts))
        self.delta.away = self.away + self.moved
        self.rest = reader
        history = Bytes(reader.take(reader.varint()))
        self.delta.is_shallow = not history.left() and any(self.counts)
        if self.delta.is_shallow:
            self.delta.name = "shallow snapshot"
            self.delta.peers = {peer: [count, 0] for peer, count in self.delta.counts.items()}
            return
        flags = history.byte()
        require(flags & 112 == 0, "unknown flags: a newer version is needed")
        remarks = Bytes(read_block(history) if flags & 128 else b"")
        runs = history.varint()
        hidden = utf8(read_block(history)) if flags & 4 else ""
        self.open(history, flags, sized=False)
        self.text = itertools.repeat("?")
        self.read_runs(runs, None)
        self.values.end("the values")
        self.fields.end()
        require(not self.items, "a value that no operation wrote")
        read_remarks(remarks, self.delta.operations)
        self.see({name: text for name, text in texts.items() if name[1] == "text"}, hidden)

    def read_ends(self, reader):
        """Gives heads and others: (peer, seq), the value before the block that goes on, and that block's bytes."""
        lists = []
        for _ in range(2):
            lists.append([self.read_end(reader) for _ in range(reader.varint())])
        require(reader.varint() <= sum(self.counts), "a Lamport that counts more operations than there are")
        blocks = Bytes(read_block(reader))
        for ends in lists:
            for end in ends:
                end["block"] = blocks.take(end["block"]) if end["way"] else None
        blocks.end("the blocks that go on")
        peers = [end["id"][0] for ends in lists for end in ends]
        require(len(set(peers)) == len(peers), "a peer that ends twice")
        return lists

    def read_end(self, reader):
        number = reader.varint()
        peer, seq = item(self.peers, number), self.counts[number] - 1
        require(seq >= 0, "no such peer")
        way = reader.byte()
        require(way < 3, "an end of another kind: a newer version is needed")
        end = {"id": (peer, seq), "way": way, "value": None if way else reader.take(32), "before": None, "block": 0}
        if way:
            end["before"] = reader.take(32) if way == 2 or seq + 1 >= BLOCK else None
            end["block"] = reader.varint()
            container, last = reader.varint(), reader.varint()
            container = item(self.containers, container - 1) if container else None
            end["last"] = container, ["insert", "delete", "set", "entry"][last % 4], last // 4
        return end

    def open(self, reader, flags, sized):
        self.values = Bytes(read_block(reader) if flags & 8 else b"")
        blocks = {}
        for _ in range(reader.byte() if flags & 2 else 0):
            number = reader.byte()
            blocks[number] = read_block(reader)
        self.fields = Fields(reader.take(reader.varint()) if sized else reader.rest(), blocks, flags & 1)

    def read_listed(self, reader):
        numbers = [reader.varint() for _ in range(reader.varint())]
        require(numbers == sorted(set(numbers)), "containers that are not in order")
        return [item(self.containers, number) for number in numbers]

    def read_state(self, text, has_marks):
        """Gives what each container shows: text; values with the operations that wrote them; sums."""
        self.items, self.before, shown, at = {}, (0, 0, 0), {}, 0
        data = text.encode()
        for name in self.containers:
            way, holds, *rest = name
            is_moved = name in self.moved
            is_made = self.items.get(tuple(rest)) == ("made", holds) and name not in self.away
            if way == "made" and not is_moved and not is_made:
                continue
            if way == "child" and not is_moved and (rest[0] not in shown or name in self.away):
                continue
            if holds == "text":
                length = self.fields.take("Length")
                shown[name] = utf8(data[at : at + length])
                at += length
                if has_marks:
                    self.delta.marked[name] = self.read_marks(len(shown[name]))
            elif holds == "list":
                shown[name] = [self.read_item() for _ in range(self.fields.take("InsertLen"))]
            elif holds == "map":
                shown[name], key = {}, -1
                for _ in range(self.fields.take("InsertLen")):
                    key += 1 + self.fields.take("Key")
                    losers = self.fields.take("DeleteLen")
                    shown[name][item(self.keys, key)] = self.read_item()
                    for _ in range(losers):
                        self.read_item()
            else:
                shown[name] = int.from_bytes(self.values.take(16), "little", signed=True)
        require(at == len(data), "more text than is shown")
        made = [name for name in self.away if name[0] == "made"]
        require(all(self.items.get(name[2:]) == ("made", name[1]) for name in made), "a container away from nowhere")
        return shown

    def read_marks(self, length):
        """Of each mark the operation, key and value, how it expands, and where it begins and ends: (place, is loose)."""
        marks, before = [], 0
        for _ in range(self.fields.take("InsertLen")):
            ends = []
            for name in ("InsertPos", "DeletePos"):
                behind, loose = divmod(self.fields.take(name), 2)
                ends.append((before + behind, loose))
                require(ends[-1][0] <= length, "a mark beyond its text")
                before = ends[-1][0]
            before = ends[0][0]
            key, expansion = item(self.keys, self.fields.take("Key")), self.fields.take("Generation")
            require(expansion < 4, "another way to expand")
            value, here = self.read_item()
            require(value[0] not in ("removed", "opened", "made"), "a mark whose value is not plain")
            marks.append((here, key, value, expansion, *ends))
        return marks

    def read_item(self):
        peer, seq, lamport = self.before
        peer += signed(self.fields.take("Author"))
        more = signed(self.fields.take("RunLen")) + 1
        lamport += signed(self.fields.take("Parents")) + more
        self.before = peer, seq + more, lamport
        here = item(self.peers, peer), seq + more
        require(0 <= here[1] < self.counts[peer] and here not in self.items, "a value that no operation wrote")
        self.items[here] = Reader.value(self)
        if self.items[here] == ("removed",):
            name = item(self.containers, self.fields.take("Container"))
            require(name in self.moved, "a container that was not moved")
            self.items[here] = "moved", name
        return self.items[here], here

    def read_stretch(self, author, run, most):
        self.run, self.nth = run, 0
        super().read_stretch(author, run, most)

    def value(self):
        here = self.run[0], self.run[1] + self.nth
        self.nth += 1
        return self.items.pop(here, None) or super().value()

    def moved_here(self):
        _, key, *value = super().moved_here()
        told = self.items.pop((self.run[0], self.run[1]), tuple(value))
        require(told == tuple(value), "another value than is shown")
        return "key", key, *value

    def see(self, texts, hidden):
        """Puts text in its place, where nothing was concurrent; elsewhere question marks stay."""
        operations = self.delta.operations
        ids = [(operation.peer, operation.seq) for operation in operations]
        if any(operation.parents != ids[max(0, at - 1) : at] for at, operation in enumerate(operations)):
            self.delta.is_seen = False
            return
        orders, come_back = {}, has_restores(operations)
        for operation in operations:
            order = orders.setdefault(operation.container, Elements(come_back))
            if operation.container[1] == "text" and operation.kind == "insert":
                order.insert(operation.position, operation, (operation.peer, operation.seq))
                operation.content = None
            elif operation.container[1] == "text" and operation.kind == "delete":
                order.delete(operation.position, (operation.peer, operation.seq))
            elif operation.container[1] == "text" and operation.kind == "restore":
                order.restore(operation.content[1:], (operation.peer, operation.seq))
        for name, text in texts.items():
            order = orders.get(name, Elements(False)).shown
            require(len(order) == len(text), "a state of another history")
            for element, scalar in zip(order, text):
                element.value.content = scalar
        rest = iter(hidden)
        for operation in operations:
            if operation.container[1] == "text" and operation.kind == "insert" and operation.content is None:
                operation.content = next(rest, None)
                require(operation.content is not None, "less text than was inserted")
        require(next(rest, None) is None, "more text than was inserted")


def has_restores(operations):
    return any(operation.kind == "restore" for operation in operations)


class Taken:
    """Operations that were taken back."""

    def __init__(self):
        self.by = {}

    def add(self, target, by):
        require(self.counts(target), "it was taken back before")
        self.by.setdefault(target, []).append(by)

    def counts(self, operation):
        return not any(self.counts(by) for by in self.by.get(operation, []))


class Element:
    def __init__(self, value, here):
        self.value, self.values, self.places, self.deleted_by = value, [(here, value)], [here], []


class Elements:
    """A text or list to which operations are done one after another. What was done may be taken back."""

    def __init__(self, come_back):
        self.shown, self.taken = [], Taken()
        # All places of all elements, where any of them may come back.
        self.all = [] if come_back else None

    def insert(self, at, value, here=None):
        self.put(at, Element(value, here), here)

    def put(self, at, element, here):
        if self.all is not None:
            left = self.shown[at - 1] if at else None
            shows = [left is not None and place == (left, self.place(left)) for place in self.all]
            self.all.insert(shows.index(True) + 1 if left else 0, (element, here))
        self.shown.insert(at, element)

    def place(self, element):
        return [place for place in element.places if self.taken.counts(place)][-1]

    def delete(self, at, by):
        self.shown.pop(at).deleted_by.append(by)

    def set(self, at, value, here):
        self.shown[at].values.append((here, value))
        self.shown[at].value = value

    def move(self, at, to, here):
        element = self.shown.pop(at)
        self.put(to, element, here)
        element.places.append(here)

    def restore(self, target, here):
        self.taken.add(target, here)
        counts = self.taken.counts
        for element, _ in self.all:
            element.value = [value for by, value in element.values if counts(by)][-1]
        self.shown = [
            element
            for element, place in self.all
            if place == self.place(element) and not any(counts(by) for by in element.deleted_by)
        ]


def item(table, number):
    require(0 <= number < len(table), "a reference to what is not in the tables")
    return table[number]


def main(arguments):
    bases = []
    while arguments[:1] == ["--base"] and len(arguments) > 2:
        bases.append(arguments[1])
        arguments = arguments[2:]
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__.strip())
        return 0 if arguments in (["-h"], ["--help"]) else 2
    known = {}
    try:
        for base in bases:
            read_file(Path(base).read_bytes(), known)
        for delta in read_file(Path(arguments[0]).read_bytes(), known):
            for operation in delta.operations:
                print(operation.line())
    except (Refused, PackageMissing, OSError) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
