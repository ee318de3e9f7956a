import Testing

@testable import Destinations

struct AddressKindTests {
    @Test(arguments: [
        ("93.184.216.34", AddressKind.global), ("8.8.8.8", .global), ("172.32.0.1", .global),
        ("2606:4700::1111", .global), ("2001:4860:4860::8888", .global),
        ("::ffff:93.184.216.34", .global),
        ("127.0.0.1", .local), ("127.9.9.9", .local), ("10.1.2.3", .local),
        ("172.16.0.1", .local), ("172.31.255.255", .local), ("192.168.1.1", .local),
        ("100.64.0.1", .local), ("100.127.0.1", .local), ("198.18.0.1", .local),
        ("::1", .local), ("fc00::1", .local), ("fd12:3456::1", .local),
        ("::ffff:127.0.0.1", .local), ("::ffff:7f00:1", .local), ("64:ff9b::10.0.0.1", .local),
        ("2002:7f00:1::", .local),
        ("169.254.169.254", .never), ("169.254.0.1", .never), ("0.0.0.0", .never),
        ("224.0.0.1", .never), ("255.255.255.255", .never), ("::", .never),
        ("fe80::1", .never), ("fe80::1%eth0", .never), ("ff02::1", .never),
        ("fd00:ec2::254", .never), ("::ffff:169.254.169.254", .never),
        ("::ffff:a9fe:a9fe", .never), ("64:ff9b::a9fe:a9fe", .never),
        ("2002:a9fe:a9fe::1", .never), ("::169.254.169.254", .never),
        ("", .never), ("example.com", .never), ("1.2.3", .never), ("1.2.3.4.5", .never),
        ("256.1.1.1", .never), ("1:2:3", .never), ("::1::", .never), ("12345::", .never),
    ])
    func tellsWherePostsMayGo(text: String, kind: AddressKind) {
        #expect(AddressKind(text) == kind, "\(text)")
    }
}
