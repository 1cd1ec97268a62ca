"""Chain values: docs/format.md, "Chain values"; with blake3, which Python's standard library lacks."""

from types import SimpleNamespace

from read import BLOCK, KINDS, SEGMENTS, zigzag_of

# ---- blake3, of the paper: no key, 32 bytes

IV = [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19]
PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
MASK = 0xFFFFFFFF


def mix(v, a, b, c, d, x, y):
    v[a] = (v[a] + v[b] + x) & MASK
    v[d] = turned(v[d] ^ v[a], 16)
    v[c] = (v[c] + v[d]) & MASK
    v[b] = turned(v[b] ^ v[c], 12)
    v[a] = (v[a] + v[b] + y) & MASK
    v[d] = turned(v[d] ^ v[a], 8)
    v[c] = (v[c] + v[d]) & MASK
    v[b] = turned(v[b] ^ v[c], 7)


def turned(word, by):
    return word >> by | word << (32 - by) & MASK


def compress(chaining, block, counter, length, flags):
    m = [int.from_bytes(block[at : at + 4], "little") for at in range(0, 64, 4)]
    v = chaining + IV[:4] + [counter & MASK, counter >> 32, length, flags]
    for round_ in range(7):
        for k, (a, b, c, d) in enumerate([(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)]):
            mix(v, a, b, c, d, m[2 * k], m[2 * k + 1])
        for k, (a, b, c, d) in enumerate([(0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]):
            mix(v, a, b, c, d, m[8 + 2 * k], m[9 + 2 * k])
        m = [m[at] for at in PERMUTATION]
    return [v[at] ^ v[at + 8] for at in range(8)]


def node(data, counter, root):
    """The chaining value of a stretch of whole chunks, the last excepted."""
    if len(data) <= 1024:
        chaining = IV
        blocks = [data[at : at + 64] for at in range(0, len(data), 64)] or [b""]
        for at, block in enumerate(blocks):
            last = at == len(blocks) - 1
            flags = (CHUNK_START if at == 0 else 0) | (CHUNK_END | root if last else 0)
            chaining = compress(chaining, block.ljust(64, b"\0"), counter, len(block), flags)
        return chaining
    half = 1024
    while half * 2 < len(data):
        half *= 2
    words = node(data[:half], counter, 0) + node(data[half:], counter + half // 1024, 0)
    return compress(IV, b"".join(word.to_bytes(4, "little") for word in words), 0, 64, PARENT | root)


def blake3(data):
    return b"".join(word.to_bytes(4, "little") for word in node(data, 0, ROOT))


# ---- the canonical form

WHAT = {"insert": 0, "delete": 1, "set": 2, "entry": 3, "move": 64, "mark": 65, "restore": 67}


def varint(value):
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def cell(kind, *rest):
    if kind in ("null", "removed"):
        return bytes([0 if kind == "null" else 9])
    if kind == "bool":
        return bytes([1 + rest[0]])
    if kind == "int":
        return b"\3" + varint(zigzag_of(rest[0]))
    if kind == "float":
        return b"\4" + rest[0]
    if kind in ("string", "bytes"):
        data = rest[0].encode() if kind == "string" else rest[0]
        return bytes([5 if kind == "string" else 6]) + varint(len(data)) + data
    if kind == "opened":
        return bytes([7, KINDS.index(rest[0])]) + varint(rest[1])
    return bytes([8, KINDS.index(rest[0])])


def said(count, author, message, time):
    """A remark on its own."""
    texts = [text.encode() for text in (author, message) if text is not None]
    parts = (author is not None) + 2 * (message is not None) + 4 * (time is not None) + 8 * (count > 1)
    out = bytes([parts]) + (varint(count - 2) if count > 1 else b"")
    out += b"".join(varint(len(text)) + text for text in texts)
    return out + (varint(zigzag_of(time)) if time is not None else b"")


def origin(peer):
    """The original peer, and the original number of a peer's first operation."""
    start = 0
    while peer in SEGMENTS:
        peer, length = SEGMENTS[peer]
        start += length
    return peer, start


def original(peer, seq):
    of, start = origin(peer)
    return of, start + seq


def own_before(peer, seq):
    """The operation that the same writer made before."""
    if seq > 0 or peer not in SEGMENTS:
        return (peer, seq - 1) if seq else None
    before, length = SEGMENTS[peer]
    return (before, length - 1) if length else None


class Chains:
    """The chain values of operations that are known."""

    def __init__(self, known):
        self.known, self.containers, self.values, self.begun = known, {}, {}, {}

    def resume(self, end):
        """Goes on after an operation that is not known itself."""
        (peer, seq), value = end["id"], end["value"]
        if end["way"]:
            container, kind, position = end["last"]
            last = SimpleNamespace(container=container, kind=kind, position=position)
            before = end["before"] or self.seed(peer)
            self.begun[peer] = seq, before, end["block"], last
            value = before if self.closes(peer, seq) else blake3(before + end["block"])
        self.values[peer, seq] = value

    def seed(self, peer):
        return blake3(b"syncline chain 1" + origin(peer)[0].to_bytes(8, "little"))

    def closes(self, peer, seq):
        """Whether an operation is the last of its block."""
        return (original(peer, seq)[1] + 1) % BLOCK == 0

    def is_begun(self, peer, seq):
        return peer in self.begun and self.begun[peer][0] == seq

    def mark(self, peer, seq):
        return self.value(peer, seq)[:4]

    def value(self, peer, seq):
        if (peer, seq) not in self.values:
            # The blocks before it first: there may be more than Python recurses.
            way, at = [(peer, seq)], own_before(peer, seq)
            while at and at not in self.values and not self.is_begun(*at):
                way += [at] if self.closes(*at) else []
                at = own_before(*at)
            for at in reversed(way):
                before, block = self.block(*at)
                self.values[at] = blake3(before + block)
        return self.values[peer, seq]

    def block(self, peer, seq):
        """The value before an operation's block, and the block up to it."""
        forms, at = [], (peer, seq)
        while True:
            if at is None:
                before, block = self.seed(peer), b""
                break
            if forms and self.closes(*at):
                before, block = self.value(*at), b""
                break
            if self.is_begun(*at):
                _, before, block, _ = self.begun[at[0]]
                break
            forms.append(self.form(*at))
            at = own_before(*at)
        return before, block + b"".join(reversed(forms))

    def goes_on(self, peer, seq):
        """The value before the block that goes on after an operation, and that block so far."""
        return (self.value(peer, seq), b"") if self.closes(peer, seq) else self.block(peer, seq)

    def form(self, peer, seq):
        remark = self.known[peer, seq].remark
        return (b"\4" + said(*remark) if remark else b"") + self.operation_alone(peer, seq)

    def operation_alone(self, peer, seq):
        operation = self.known[peer, seq]
        own = own_before(peer, seq)
        before = self.operation(*own) if own and not self.closes(*own) else None
        has_parents = operation.parents != ([own] if own else [])
        # One that is not shown any more is no operation's of today.
        same = before is not None and before.container == operation.container
        if not has_parents and same and before.kind == operation.kind and not operation.joined:
            step = operation.position - before.position
            short = {("insert", 1): b"\1", ("delete", 0): b"\2", ("delete", -1): b"\3"}.get((operation.kind, step))
            if short:
                return short + self.content(operation)
        flags = 16 + WHAT[operation.kind] + 4 * operation.joined + 8 * has_parents + 32 * (not same)
        out = bytes([flags])
        if has_parents:
            out += varint(len(operation.parents))
            forms = [(original(*parent), b"" if parent == own else self.value(*parent)) for parent in operation.parents]
            for _, value in sorted(forms):
                out += b"\1" + value if value else b"\0"
        if not same:
            out += self.container(operation.container, (peer, seq))
        if operation.kind == "restore":
            _, of, number = operation.content
            branch = self.branch(of, (peer, seq))
            of, number = original(of, number)
            # Where a segment is told, 1 stands for the position.
            return out + varint(bool(branch)) + of.to_bytes(8, "little") + number.to_bytes(4, "little") + branch
        return out + varint(operation.position) + self.content(operation)

    def operation(self, peer, seq):
        last, _, _, operation = self.begun.get(peer, (None,) * 4)
        return operation if seq == last else self.known[peer, seq]

    def content(self, operation):
        content = operation.content
        if content is None:
            return b""
        if isinstance(content, str):
            return content.encode()
        if content[0] == "mark":
            _, length, expansion, key, *value = content
            return varint(4 * length + expansion) + varint(len(key.encode())) + key.encode() + cell(*value)
        if content[0] == "key":
            key = content[1].encode()
            value = content[2:]
            moved = value[0] == "moved"
            here = operation.peer, operation.seq
            return varint(len(key)) + key + (b"\n" + self.container(value[1], here) if moved else cell(*value))
        return cell(*content)

    def container(self, name, within):
        """The name of a container, in the form of an operation in it."""
        way, kind, *rest = name
        kind = bytes([KINDS.index(kind)])
        if way == "root":
            data = b"\0" + kind + rest[0].encode()
        elif way == "made":
            of, number = original(*rest)
            data = b"\2" + kind + of.to_bytes(8, "little") + number.to_bytes(4, "little") + self.branch(rest[0], within)
        else:
            parent, key, generation = rest
            data = b"\1" + kind + self.container(parent, within) + generation.to_bytes(4, "little") + key.encode()
        if data not in self.containers:
            self.containers[data] = blake3(data)[:16]
        return self.containers[data]

    def branch(self, peer, within):
        """The last segment on the way to one, beside which the operation follows another; none for most."""
        while peer in SEGMENTS:
            beside = [other for other in SEGMENTS if other != peer and SEGMENTS[other] == SEGMENTS[peer]]
            if any(self.follows(within, other) for other in beside):
                return peer.to_bytes(8, "little")
            peer = SEGMENTS[peer][0]
        return b""

    def follows(self, operation, segment):
        """Whether an operation follows a segment's first one, or is it."""
        if segment in self.begun:
            return True
        seen, open_ = set(), [operation]
        while open_:
            at = open_.pop()
            if at == (segment, 0):
                return True
            if at not in seen and at in self.known:
                seen.add(at)
                open_ += self.known[at].parents
        return False
