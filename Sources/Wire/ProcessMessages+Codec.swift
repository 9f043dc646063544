internal import Stack

extension Role: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        guard let role = Role(rawValue: try decoder.integer()) else { throw DecodingFailure() }
        self = role
    }

    func encode(to encoder: inout Encoder) { encoder.put(rawValue) }
}

extension ProcessID: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        guard let kind = Kind(rawValue: try decoder.integer()) else { throw DecodingFailure() }
        let instance = InstanceID(try decoder.text(), Int(truncatingIfNeeded: try decoder.integer(Int64.self)))
        self.init(kind, instance, run: Int(truncatingIfNeeded: try decoder.integer(Int64.self)))
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(kind.rawValue)
        encoder.put(instance.service)
        encoder.put(Int64(instance.number))
        encoder.put(Int64(run))
    }
}

extension SpawnRequest: Message, WireValue {
    /// The value that `encoded` wrote; nil where the bytes are not one.
    public init?(decoding bytes: [UInt8]) {
        guard let value = Self.read(bytes) else { return nil }
        self = value
    }

    /// The value as bytes.
    public func encoded() -> [UInt8] { message() }

    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(
            process: try ProcessID(from: &decoder),
            arguments: try decoder.list { decoder throws(DecodingFailure) in try decoder.text() },
            environment: try decoder.list { decoder throws(DecodingFailure) in try decoder.text() },
            workingDirectory: try decoder.text(),
            credentials: try decoder.optional { decoder throws(DecodingFailure) in try Credentials(from: &decoder) },
            limits: try decoder.list { decoder throws(DecodingFailure) in try RawLimit(from: &decoder) },
            cgroup: try decoder.optional { decoder throws(DecodingFailure) in try CgroupRequest(from: &decoder) },
            output: try OutputRequest(from: &decoder),
            notify: try decoder.flag(),
            deadline: try decoder.optional { decoder throws(DecodingFailure) in try decoder.duration() },
            note: try decoder.blob(),
            hosts: try decoder.optional { decoder throws(DecodingFailure) in try decoder.text() },
            network: try decoder.optional { decoder throws(DecodingFailure) in try decoder.text() })
    }

    func encode(to encoder: inout Encoder) {
        process.encode(to: &encoder)
        encoder.put(arguments) { encoder, word in encoder.put(word) }
        encoder.put(environment) { encoder, line in encoder.put(line) }
        encoder.put(workingDirectory)
        encoder.put(credentials) { encoder, credentials in credentials.encode(to: &encoder) }
        encoder.put(limits) { encoder, limit in limit.encode(to: &encoder) }
        encoder.put(cgroup) { encoder, cgroup in cgroup.encode(to: &encoder) }
        output.encode(to: &encoder)
        encoder.put(notify)
        encoder.put(deadline) { encoder, deadline in encoder.put(deadline) }
        encoder.put(note)
        encoder.put(hosts) { encoder, path in encoder.put(path) }
        encoder.put(network) { encoder, path in encoder.put(path) }
    }
}

extension Credentials: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(
            user: try decoder.integer(), group: try decoder.integer(),
            supplementary: try decoder.list { decoder throws(DecodingFailure) in try decoder.integer() })
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(user)
        encoder.put(group)
        encoder.put(supplementary) { encoder, group in encoder.put(group) }
    }
}

extension RawLimit: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(resource: try decoder.integer(), soft: try decoder.integer(), hard: try decoder.integer())
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(resource)
        encoder.put(soft)
        encoder.put(hard)
    }
}

extension CgroupRequest: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(
            path: try decoder.text(),
            memory: try decoder.optional { decoder throws(DecodingFailure) in try decoder.integer() },
            processors: try decoder.optional { decoder throws(DecodingFailure) in try decoder.double() },
            processes: try decoder.optional { decoder throws(DecodingFailure) in try decoder.integer() })
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(path)
        encoder.put(memory) { encoder, bytes in encoder.put(bytes) }
        encoder.put(processors) { encoder, number in encoder.put(number) }
        encoder.put(processes) { encoder, number in encoder.put(number) }
    }
}

extension OutputRequest: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        switch try decoder.integer(UInt8.self) {
        case 1:
            self = .log(
                path: try decoder.text(), size: try decoder.integer(),
                files: Int(truncatingIfNeeded: try decoder.integer(Int64.self)))
        case 2: self = .capture(limit: Int(truncatingIfNeeded: try decoder.integer(Int64.self)))
        case _: throw DecodingFailure()
        }
    }

    func encode(to encoder: inout Encoder) {
        switch self {
        case .log(let path, let size, let files):
            encoder.put(UInt8(1))
            encoder.put(path)
            encoder.put(size)
            encoder.put(Int64(files))
        case .capture(let limit):
            encoder.put(UInt8(2))
            encoder.put(Int64(limit))
        }
    }
}

extension ExitStatus: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        let kind = try decoder.integer(UInt8.self)
        let number = try decoder.integer(Int32.self)
        switch kind {
        case 1: self = .code(number)
        case 2: self = .signal(number)
        case 3: self = .unknown
        case _: throw DecodingFailure()
        }
    }

    func encode(to encoder: inout Encoder) {
        switch self {
        case .code(let code):
            encoder.put(UInt8(1))
            encoder.put(code)
        case .signal(let signal):
            encoder.put(UInt8(2))
            encoder.put(signal)
        case .unknown:
            encoder.put(UInt8(3))
            encoder.put(Int32(0))
        }
    }
}

extension ExitRecord: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(
            process: try ProcessID(from: &decoder), pid: try decoder.integer(), status: try ExitStatus(from: &decoder),
            outOfMemory: try decoder.flag(), output: try decoder.blob(),
            successor: try decoder.optional { decoder throws(DecodingFailure) in
                Successor(
                    run: Int(truncatingIfNeeded: try decoder.integer(Int64.self)), pid: try decoder.integer())
            })
    }

    func encode(to encoder: inout Encoder) {
        process.encode(to: &encoder)
        encoder.put(pid)
        status.encode(to: &encoder)
        encoder.put(outOfMemory)
        encoder.put(output)
        encoder.put(successor) { encoder, successor in
            encoder.put(Int64(successor.run))
            encoder.put(successor.pid)
        }
    }
}

extension ChildRecord: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(
            process: try ProcessID(from: &decoder), pid: try decoder.integer(), startTime: try decoder.integer(),
            note: try decoder.blob())
    }

    func encode(to encoder: inout Encoder) {
        process.encode(to: &encoder)
        encoder.put(pid)
        encoder.put(startTime)
        encoder.put(note)
    }
}

extension ListenRequest: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(
            key: try decoder.text(), address: try decoder.text(), port: try decoder.integer(),
            owner: try Role(from: &decoder),
            network: try decoder.optional { decoder throws(DecodingFailure) in try decoder.text() })
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(key)
        encoder.put(address)
        encoder.put(port)
        owner.encode(to: &encoder)
        encoder.put(network) { encoder, path in encoder.put(path) }
    }
}
