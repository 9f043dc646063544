import Foundation
import Stack
import Testing

@testable import Runtimes

@Suite struct AddressBookTests {
    @Test func keepsWhatItGave() {
        var book = AddressBook(identity: "shop")
        let first = book.address(of: "db", number: 1)
        let second = book.address(of: "db", number: 2)
        let whole = book.address(ofService: "db")
        #expect(Set([first, second, whole]).count == 3)
        #expect(book.address(of: "db", number: 1) == first)
        #expect(book.address(ofService: "db") == whole)
    }

    @Test func tellsWhoseAnAddressIs() {
        var book = AddressBook(identity: "shop")
        let whole = book.address(ofService: "my-db")
        for number in 1...3 {
            let address = book.address(of: "my-db", number: number)
            #expect(book.instance(at: address) == InstanceID("my-db", number))
        }
        for stranger in [whole, "127.0.0.1", "10.0.0.1", "", "127.1.2", "127.1.2.3.4", "127.1.2.999", "::1", "a.b.c.d"]
        {
            #expect(book.instance(at: stranger) == nil, "\(stranger)")
        }
    }

    @Test func outlivesTheProcess() throws {
        var book = AddressBook(identity: "shop")
        let given = book.address(of: "db", number: 1)
        var read = try JSONDecoder().decode(AddressBook.self, from: JSONEncoder().encode(book))
        #expect(read.address(of: "db", number: 1) == given)
        #expect(read.address(of: "cache", number: 1) != given)
    }

    @Test func projectsDoNotShareAddresses() {
        var shop = AddressBook(identity: "shop")
        var forum = AddressBook(identity: "forum")
        #expect(shop.address(of: "db", number: 1) != forum.address(of: "db", number: 1))
    }

    @Test(arguments: ["a", "shop", "forum", "x-y", "", "long name of a project"])
    func staysInLoopbackAndOffTheCommonStretch(identity: String) {
        var book = AddressBook(identity: identity)
        for number in 1...2_000 {
            let parts = book.address(of: "agent", number: number).split(separator: ".").compactMap { Int($0) }
            #expect(parts.count == 4 && parts[0] == 127 && parts.allSatisfy { (0...255).contains($0) })
            #expect(!(parts[1] == 0 && parts[2] == 0))
        }
    }
}

@Suite struct VariableFillingTests {
    static let variables = ["HALE_HOST": "127.1.2.3", "HALE_VOLUME_DATA": "/v/data", "PASSWORD": "secret"]

    @Test(arguments: [
        ("$HALE_HOST", "127.1.2.3"), ("-h ${HALE_HOST}:5", "-h 127.1.2.3:5"), ("$HALE_VOLUME_DATA/x", "/v/data/x"),
        ("$PASSWORD", "$PASSWORD"), ("$HALE_UNKNOWN", "$HALE_UNKNOWN"), ("${HALE_HOST", "${HALE_HOST"), ("$", "$"),
        ("a$$HALE_HOST", "a$127.1.2.3"), ("", ""), ("plain", "plain"), ("${}", "${}"),
    ])
    func fillsOnlyItsOwn(text: String, filled: String) {
        #expect(VariableFilling.fill(text, from: Self.variables) == filled)
    }
}
