package wiretest

import (
	"fmt"
	"net/netip"

	"github.com/miekg/dns"

	"vacant/dnsstage/wire"
)

// Reply returns an empty NOERROR reply to q, for a handler to fill.
func Reply(q wire.Query) *dns.Msg {
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(string(q.Name)), q.Type)
	m.Response, m.RecursionDesired, m.RecursionAvailable = true, q.RD, q.RD
	return m
}

// Referral says that zone is delegated to hosts, with no glue.
func Referral(q wire.Query, zone string, hosts ...string) *dns.Msg {
	m := Reply(q)
	for _, h := range hosts {
		m.Ns = append(m.Ns, Record("%s 3600 IN NS %s", dns.Fqdn(zone), dns.Fqdn(h)))
	}
	return m
}

// WithGlue adds an address of host to the additional section.
func WithGlue(m *dns.Msg, host string, addr netip.Addr) *dns.Msg {
	m.Extra = append(m.Extra, address(host, addr))
	return m
}

// Address answers q with one address.
func Address(q wire.Query, addr netip.Addr) *dns.Msg {
	m := Reply(q)
	m.Answer = append(m.Answer, address(string(q.Name), addr))
	return m
}

// NXDomain says with authority that the name is not in zone.
func NXDomain(q wire.Query, zone string) *dns.Msg {
	m := Nodata(q, zone)
	m.Rcode = dns.RcodeNameError
	return m
}

// Nodata says with authority that zone has the name and nothing of the type asked.
func Nodata(q wire.Query, zone string) *dns.Msg {
	m := Reply(q)
	m.Authoritative = !q.RD
	m.Ns = append(m.Ns, Record("%s 900 IN SOA ns.invalid. admin.invalid. 1 7200 900 1209600 900", dns.Fqdn(zone)))
	return m
}

// Rcode answers q with nothing but an rcode.
func Rcode(q wire.Query, rcode uint8) *dns.Msg {
	m := Reply(q)
	m.Rcode = int(rcode)
	return m
}

// Record makes a record from the format of a zone file.
func Record(format string, args ...any) dns.RR {
	rr, err := dns.NewRR(fmt.Sprintf(format, args...))
	if err != nil {
		panic("wiretest: " + err.Error())
	}
	return rr
}

func address(host string, addr netip.Addr) dns.RR {
	if addr.Is4() {
		return Record("%s 3600 IN A %s", dns.Fqdn(host), addr)
	}
	return Record("%s 3600 IN AAAA %s", dns.Fqdn(host), addr)
}
