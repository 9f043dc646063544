extension JSONMemberFinder {
    mutating func take(_ byte: UInt8) {
        switch state {
        case .start:
            if byte == UInt8(ascii: "{") { open(isObject: true) } else if !byte.isJSONBlank { refuse() }
        case .value(let canEnd): takeValue(byte, canEnd: canEnd)
        case .name(let canEnd): takeName(byte, canEnd: canEnd)
        case .colon:
            if byte == UInt8(ascii: ":") { state = .value(canEnd: false) } else if !byte.isJSONBlank { refuse() }
        case .text(let isName): takeText(byte, isName: isName)
        case .escape(let isName): takeEscape(byte, isName: isName)
        case .unicode(let isName, let digits): takeDigit(byte, isName: isName, digits: digits)
        case .number(let number): takeNumber(byte, number)
        case .word(let word, let read): takeWord(byte, word, read: read)
        case .behind: takeBehind(byte)
        case .ended: if !byte.isJSONBlank { refuse() }
        case .refused: break
        }
    }

    // Objects and arrays

    private mutating func open(isObject: Bool) {
        guard depth < Self.mostDepth else { return refuse() }
        depth += 1
        objects = objects << 1 | (isObject ? 1 : 0)
        state = isObject ? .name(canEnd: true) : .value(canEnd: true)
    }

    private mutating func close(isObject: Bool) {
        guard depth > 0, (objects & 1 == 1) == isObject else { return refuse() }
        depth -= 1
        objects >>= 1
        state = depth == 0 ? .ended : .behind
    }

    private mutating func takeBehind(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: ","): state = objects & 1 == 1 ? .name(canEnd: false) : .value(canEnd: false)
        case UInt8(ascii: "}"): close(isObject: true)
        case UInt8(ascii: "]"): close(isObject: false)
        case _: if !byte.isJSONBlank { refuse() }
        }
    }

    private mutating func takeName(_ byte: UInt8, canEnd: Bool) {
        switch byte {
        case UInt8(ascii: "\""):
            matched = depth == 1 ? 0 : nil
            state = .text(isName: true)
        case UInt8(ascii: "}") where canEnd: close(isObject: true)
        case _: if !byte.isJSONBlank { refuse() }
        }
    }

    private mutating func takeValue(_ byte: UInt8, canEnd: Bool) {
        guard !byte.isJSONBlank else { return }
        guard !isMember || byte == UInt8(ascii: "\"") else { return refuse() }
        switch byte {
        case UInt8(ascii: "\""):
            textStart = place
            state = .text(isName: false)
        case UInt8(ascii: "{"): open(isObject: true)
        case UInt8(ascii: "["): open(isObject: false)
        case UInt8(ascii: "]") where canEnd: close(isObject: false)
        case UInt8(ascii: "-"): state = .number(.minus)
        case UInt8(ascii: "0"): state = .number(.zero)
        case UInt8(ascii: "1")...UInt8(ascii: "9"): state = .number(.integer)
        case UInt8(ascii: "t"): state = .word(.yes, read: 1)
        case UInt8(ascii: "f"): state = .word(.no, read: 1)
        case UInt8(ascii: "n"): state = .word(.nothing, read: 1)
        case _: refuse()
        }
    }

    // Texts

    private mutating func takeText(_ byte: UInt8, isName: Bool) {
        switch byte {
        case UInt8(ascii: "\\"): state = .escape(isName: isName)
        case UInt8(ascii: "\""): endText(isName: isName)
        case 0..<0x20: refuse()
        case _: if isName { match(byte) }
        }
    }

    private mutating func endText(isName: Bool) {
        guard !isName else {
            isMember = matched == member.utf8CodeUnitCount
            state = .colon
            return
        }
        state = .behind
        if isMember { noteValue() }
        isMember = false
    }

    private mutating func takeEscape(_ byte: UInt8, isName: Bool) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            if isName { match(byte) }
            state = .text(isName: isName)
        case UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            // No name that is looked for has a control byte.
            matched = nil
            state = .text(isName: isName)
        case UInt8(ascii: "u"):
            escaped = 0
            state = .unicode(isName: isName, digits: 0)
        case _: refuse()
        }
    }

    private mutating func takeDigit(_ byte: UInt8, isName: Bool, digits: Int) {
        guard let value = byte.hexadecimalValue else { return refuse() }
        escaped = escaped << 4 | UInt32(value)
        guard digits == 3 else {
            state = .unicode(isName: isName, digits: digits + 1)
            return
        }
        if isName, let ascii = UInt8(exactly: escaped), ascii < 0x80 { match(ascii) } else { matched = nil }
        state = .text(isName: isName)
    }

    private mutating func match(_ byte: UInt8) {
        guard let count = matched, count < member.utf8CodeUnitCount, member.utf8Start[count] == byte else {
            matched = nil
            return
        }
        matched = count + 1
    }

    // Numbers and words

    private mutating func takeNumber(_ byte: UInt8, _ number: JSONNumber) {
        if let next = number.next(byte) {
            state = .number(next)
        } else if number.isWhole {
            state = .behind
            takeBehind(byte)
        } else {
            refuse()
        }
    }

    private mutating func takeWord(_ byte: UInt8, _ word: JSONWord, read: Int) {
        guard word.text.utf8Start[read] == byte else { return refuse() }
        state = read + 1 == word.text.utf8CodeUnitCount ? .behind : .word(word, read: read + 1)
    }
}

extension UInt8 {
    /// A blank of JSON (RFC 8259 section 2).
    fileprivate var isJSONBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0a || self == 0x0d }
}
