package dnstest

import (
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// NXDomain answers that no name exists, with the SOA of zone.
func NXDomain(zone string) Answer {
	soa := record(dns.Fqdn(zone) + " 900 IN SOA ns.invalid. admin.invalid. 1 7200 900 1209600 900")
	return func(q *dns.Msg) *dns.Msg {
		m := reply(q)
		m.Authoritative, m.Rcode, m.Ns = true, dns.RcodeNameError, []dns.RR{soa}
		return m
	}
}

// Referral answers that every name asked is delegated to ns1 below itself, with glue.
func Referral() Answer {
	return func(q *dns.Msg) *dns.Msg {
		m := reply(q)
		zone := strings.ToLower(q.Question[0].Name)
		host := "ns1." + strings.TrimPrefix(zone, ".")
		m.Ns = []dns.RR{record(zone + " 3600 IN NS " + host)}
		m.Extra = []dns.RR{record(host + " 3600 IN A 192.0.2.1")}
		return m
	}
}

// HijackAll answers every name with one address, as a resolver that sells advertisements does.
func HijackAll(addr netip.Addr) Answer {
	return func(q *dns.Msg) *dns.Msg {
		m := reply(q)
		m.RecursionAvailable = true
		m.Answer = []dns.RR{record(q.Question[0].Name + " 60 IN A " + addr.String())}
		return m
	}
}

// Rcode answers with nothing but an rcode: dns.RcodeServerFailure, dns.RcodeRefused ...
func Rcode(rcode int) Answer {
	return func(q *dns.Msg) *dns.Msg {
		m := reply(q)
		m.Rcode = rcode
		return m
	}
}

func reply(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	m.RecursionAvailable = q.RecursionDesired
	return m
}

func record(text string) dns.RR {
	rr, err := dns.NewRR(text)
	if err != nil {
		panic("dnstest: " + err.Error())
	}
	return rr
}
