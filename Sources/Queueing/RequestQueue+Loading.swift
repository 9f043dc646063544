internal import Glibc
internal import Platform

/// What is in the folder, which may be anything.
extension RequestQueue {
    /// Takes over what is there and not known yet. The owner tidies up besides: what is not whole, or none of a queue's, is
    /// set aside, and so nothing else is lost by it.
    func load() {
        version = FileVersion(folder)
        var found: [String: Set<QueueFileKind>] = [:]
        for name in namesInFolder(folder) {
            if let file = QueueFileName(name) {
                found[file.stem, default: []].insert(file.kind)
            } else if isOwner {
                tidyForeign(name)
            }
        }
        for (stem, kinds) in found.sorted(by: { $0.key < $1.key }) {
            // Names are unique but for their order, so one that is known has what is in memory.
            guard let id = stem.split(separator: "-").last.flatMap({ TicketID($0) }), ledger[id] == nil else {
                continue
            }
            load(stem, kinds)
        }
    }

    private func load(_ stem: String, _ kinds: Set<QueueFileKind>) {
        let request = kinds.contains(.request) ? name(stem, .request).flatMap { files.acceptedTicket($0) } : nil
        let latest = kinds.contains(.ticket) ? name(stem, .ticket).flatMap { files.ticket($0) } : nil
        guard let ticket = latest ?? request else {
            guard isOwner else { return }
            // Another process may have just taken the last of it away.
            return setAside(stem, kinds, "it is not whole")
        }
        guard ticket.state == .delivered || request != nil else {
            return isOwner ? setAside(stem, kinds, "its request is missing or not whole") : ()
        }
        if isOwner {
            // The end of a delivery that was cut short.
            if ticket.state == .delivered, request != nil { files.remove(ticket, .request) }
            if ticket.answer == nil { files.remove(ticket, .response) }
        }
        ledger.set(ticket)
    }

    private func name(_ stem: String, _ kind: QueueFileKind) -> QueueFileName? {
        QueueFileName(stem + "." + kind.rawValue)
    }

    /// What another process knows of a ticket.
    func lookUp(_ id: TicketID) -> Ticket? {
        for name in namesInFolder(folder) {
            guard let file = QueueFileName(name), file.kind == .request || file.kind == .ticket,
                file.stem.hasSuffix(id.description)
            else { continue }
            let ticket = self.name(file.stem, .ticket).flatMap { files.ticket($0) }
            return ticket ?? self.name(file.stem, .request).flatMap { files.acceptedTicket($0) }
        }
        return nil
    }

    /// A file that no queue has named: a draft that nobody will finish is of no use, whatever else it is may be.
    private func tidyForeign(_ name: String) {
        guard name != "lock", name != Self.aside else { return }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[3] == "new", let writer = Int32(parts[2]), writer > 0 else {
            return setAside([name], "\(name): no file of a queue")
        }
        guard writer == getpid() || kill(writer, 0) != 0 else { return }
        removeFile("\(folder)/\(name)")
    }

    /// The folder of what could not be read.
    static let aside = "aside"

    func setAside(_ ticket: Ticket, _ reason: String) {
        ledger.remove(ticket.id)
        unwritten.remove(ticket.id)
        setAside(ticket.stem, Set(QueueFileKind.allCases), reason)
    }

    private func setAside(_ stem: String, _ kinds: Set<QueueFileKind>, _ reason: String) {
        setAside(kinds.map { "\(stem).\($0.rawValue)" }, "\(stem): \(reason)")
    }

    private func setAside(_ names: [String], _ reason: String) {
        let target = "\(folder)/\(Self.aside)"
        try? makeFolders(target, mode: 0o700)
        for name in names { rename("\(folder)/\(name)", "\(target)/\(name)") }
        report("set aside in \(target): \(reason)")
    }
}
