package wiretest

import (
	"fmt"

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

// Record makes a record from the format of a zone file.
func Record(format string, args ...any) dns.RR {
	rr, err := dns.NewRR(fmt.Sprintf(format, args...))
	if err != nil {
		panic("wiretest: " + err.Error())
	}
	return rr
}
