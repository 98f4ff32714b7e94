package lab

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func TestFaultKindsAreSortedAndComplete(t *testing.T) {
	kinds := FaultKinds()
	if !slices.IsSortedFunc(kinds, func(a, b FaultKind) int {
		return cmp.Or(slices.Index(protocols, a.Protocol)-slices.Index(protocols, b.Protocol), strings.Compare(a.Name, b.Name))
	}) {
		t.Error("not sorted:", kinds)
	}
	for i, k := range kinds {
		if slices.ContainsFunc(kinds[:i], func(other FaultKind) bool { return other.Name == k.Name }) || !slices.Contains(protocols, k.Protocol) {
			t.Errorf("%s is there twice, or of no protocol", k.Name)
		}
	}
	for _, name := range []string{"rdap-404-all", "rdap-404-after", "rdap-429", "rdap-500", "rdap-html-404", "rdap-slow", "rdap-wrong-name",
		"whois-limit", "whois-empty", "whois-hang", "resolver-lies", "resolvers", "dns-servfail", "dns-refused", "dns-truncate", "dns-forge", "dns-lowercase",
		"dns-tcp-single",
		"dead-proxy", "silent-proxy", "proxy-auth"} {
		if !slices.ContainsFunc(kinds, func(k FaultKind) bool { return k.Name == name && k.Help != "" }) {
			t.Error("no kind", name)
		}
	}
}

func TestBadConfigIsRefused(t *testing.T) {
	for _, test := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"unknown fault", Config{Faults: []string{"rdap-on-fire"}}, `unknown fault "rdap-on-fire"`},
		{"share above 1", Config{Faults: []string{"dns-servfail=2"}}, "share"},
		{"share NaN", Config{Faults: []string{"dns-servfail=NaN"}}, "share"},
		{"misspelt fault", Config{Faults: []string{"rdap-pol"}}, "rdap-pool, rdap-pool-conn"},
		{"no share", Config{Faults: []string{"dns-servfail"}}, "share"},
		{"a share above 1 of a scope", Config{Faults: []string{"rdap-500=1.5"}}, "share"},
		{"a scope of nothing", Config{Faults: []string{"rdap-500=0.5,"}}, "no TLD"},
		{"no time", Config{Faults: []string{"rdap-500@noon"}}, "want FROM-TO"},
		{"ends before it begins", Config{Faults: []string{"rdap-500@5s-2s"}}, "want FROM-TO"},
		{"more than the period", Config{Faults: []string{"rdap-500@5s/6s"}}, "PERIOD/ON"},
		{"switching what does not switch", Config{Faults: []string{"dns-servfail=0.1@5s/2s"}}, "on all the time"},
		{"random of what", Config{Faults: []string{"random=dns@2s"}}, "neither rdap nor whois"},
		{"random without a turn", Config{Faults: []string{"random"}}, "such as random@2s"},
		{"no number", Config{Faults: []string{"dns-forge=many"}}, "number"},
		{"no duration", Config{Faults: []string{"rdap-slow=5"}}, "duration"},
		{"rate 0", Config{Faults: []string{"whois-limit=0"}}, "rate"},
		{"no TLD", Config{Faults: []string{"rdap-404-all="}}, "TLD"},
		{"argument too many", Config{Faults: []string{"dead-proxy=1"}}, "no argument"},
		{"another lie", Config{Faults: []string{"resolver-lies=often"}}, "resolver-lies[=nxdomain|hijack|address|some|tld|later]"},
		{"density", Config{Density: 1.5}, "density"},
		{"loss", Config{Loss: -0.1}, "loss"},
		{"rtt", Config{RTT: -1}, "round-trip"},
		{"tld", Config{TLDs: []string{"c/m"}}, "TLD"},
		{"u-label", Config{TLDs: []string{"コム"}}, "ASCII"},
	} {
		l, err := Start(t.Context(), test.cfg)
		if err == nil {
			must(t, l.Close())
			t.Errorf("%s: no error", test.name)
			continue
		}
		if !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// comServer starts a lab with faults and returns com's first name server.
func comServer(t *testing.T, faults ...string) (*Lab, netip.AddrPort) {
	t.Helper()
	l := startLab(t, Config{Seed: 1, Faults: faults})
	return l, serverOf(t, l.Roots()[0], "com")
}

// TestNoPipelining: one query at a time is answered, two at once end the connection.
func TestNoPipelining(t *testing.T) {
	l := startLab(t, Config{Seed: 1, RTT: 20 * time.Millisecond, Faults: []string{"dns-tcp-single"}})
	conn, err := net.Dial("tcp", serverOf(t, l.Roots()[0], "com").String())
	must(t, err)
	defer func() { _ = conn.Close() }()
	for range 3 {
		if got := exchangeTCP(t, conn, ask{name: "nic.com", qtype: dnsmessage.TypeNS}); got.RCode != dnsmessage.RCodeSuccess {
			t.Error(got.RCode)
		}
	}
	msg := ask{name: "nic.com", qtype: dnsmessage.TypeNS}.pack(t, 4711)
	framed := append(binary.BigEndian.AppendUint16(nil, uint16(len(msg))), msg...)
	_, err = conn.Write(slices.Concat(framed, framed))
	must(t, err)
	if n, err := conn.Read(make([]byte, 512)); err == nil {
		t.Errorf("%d octets came", n)
	}
}

// rcodes asks the same question n times over UDP and counts how the answers begin.
func rcodes(t *testing.T, at netip.AddrPort, n int) map[string]int {
	t.Helper()
	conn, got := dialUDP(t, at), make(map[string]int)
	for range n {
		m := exchange(t, conn, ask{name: "nic.com", qtype: dnsmessage.TypeNS, rd: true})
		word := strings.TrimPrefix(m.RCode.String(), "RCode")
		if m.Truncated {
			word = "tc"
		}
		got[word]++
	}
	return got
}

func TestDNSShareFaults(t *testing.T) {
	for fault, word := range map[string]string{"dns-servfail": "ServerFailure", "dns-refused": "Refused", "dns-truncate": "tc"} {
		l, com := comServer(t, fault+"=0.25")
		for _, at := range []netip.AddrPort{com, l.Resolvers()[0]} {
			got := rcodes(t, at, 400)
			if got[word] < 60 || got[word] > 140 || got[word]+got["Success"] != 400 {
				t.Errorf("%s: %v", fault, got)
			}
		}
		if got := rcodes(t, l.Roots()[0], 50); got["Success"] != 50 {
			t.Errorf("%s: the root says %v", fault, got)
		}
	}
}

func TestTruncateSparesTCP(t *testing.T) {
	_, com := comServer(t, "dns-truncate=1")
	conn, err := net.Dial("tcp", com.String())
	must(t, err)
	defer func() { _ = conn.Close() }()
	must(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
	msg := ask{name: "nic.com", qtype: dnsmessage.TypeNS}.pack(t, 4711)
	_, err = conn.Write(append([]byte{0, byte(len(msg))}, msg...))
	must(t, err)
	if m := unpack(t, readTCP(t, conn)); m.Truncated || len(m.Authorities) != 2 {
		t.Error(brief(m))
	}
	if got := rcodes(t, com, 5); got["tc"] != 5 {
		t.Error("over UDP:", got)
	}
}

// TestForgeries: each forged reply says the opposite and is wrong in what a
// reply checker checks; the right one comes last.
func TestForgeries(t *testing.T) {
	l, com := comServer(t, "dns-forge=6")
	for _, name := range []string{delegatedName(t, l.world, "com"), freeName(t, l.world, "com")} {
		query := ask{name: name, qtype: dnsmessage.TypeNS}.pack(t, 4711)
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}) // one that hears every source
		must(t, err)
		must(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
		_, err = conn.WriteToUDPAddrPort(query, com)
		must(t, err)
		var rcodes []byte
		strays := 0
		for i := range 7 {
			buf := make([]byte, 2048)
			n, from, err := conn.ReadFromUDPAddrPort(buf)
			must(t, err)
			if from != com {
				strays++
			}
			right := from == com && buf[2]&0x80 != 0 && string(buf[:2]) == string(query[:2]) && string(buf[12:len(query)]) == string(query[12:])
			if right != (i == 6) {
				t.Errorf("reply %d: acceptable is %v: % x", i, right, buf[:n])
			}
			rcodes = append(rcodes, buf[3]&0x0f)
		}
		must(t, conn.Close())
		for i, rcode := range rcodes[:6] {
			if rcode == rcodes[6] {
				t.Errorf("forgery %d says rcode %d, as the right one does", i, rcode)
			}
		}
		if strays != 1 {
			t.Errorf("%d replies from elsewhere", strays)
		}
	}
}

func TestLowercase(t *testing.T) {
	l, com := comServer(t, "dns-lowercase")
	for at, want := range map[netip.AddrPort]string{com: "nic.com.", l.Roots()[0]: "NiC.CoM."} {
		if got := exchange(t, dialUDP(t, at), ask{name: "NiC.CoM", qtype: dnsmessage.TypeNS}).Questions[0].Name.String(); got != want {
			t.Errorf("%v: %s", at, got)
		}
	}
}

func TestWildcardZone(t *testing.T) {
	l, com := comServer(t, "dns-wildcard=com")
	io := serverOf(t, l.Roots()[0], "io")
	for name, want := range map[string]string{freeName(t, l.world, "com"): "nodata", delegatedName(t, l.world, "com"): "delegated"} {
		if got := tellDNS(t, exchange(t, dialUDP(t, com), ask{name: name, qtype: dnsmessage.TypeNS}), name, "com"); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	free := freeName(t, l.world, "io")
	if got := tellDNS(t, exchange(t, dialUDP(t, io), ask{name: free, qtype: dnsmessage.TypeNS}), free, "io"); got != "absent" {
		t.Error("another zone:", got)
	}
}

func TestResolverLies(t *testing.T) {
	for fault, want := range map[string]string{"resolver-lies": "NameError ra s:com.=soa", "resolver-lies=nxdomain": "NameError ra s:com.=soa", "resolver-lies=hijack": "Success ra a:"} {
		l := startLab(t, Config{Seed: 1, Faults: []string{fault}})
		all := l.Resolvers()
		if len(all) != 3 {
			t.Fatal(fault, all)
		}
		for _, name := range []string{delegatedName(t, l.world, "com"), freeName(t, l.world, "com")} {
			for _, qtype := range []dnsmessage.Type{dnsmessage.TypeNS, dnsmessage.TypeA} {
				q := ask{name: name, qtype: qtype, rd: true}
				if got := brief(exchange(t, dialUDP(t, all[2]), q)); !strings.HasPrefix(got, want) {
					t.Errorf("%s: %s: %s", fault, name, got)
				}
			}
		}
		honest := exchange(t, dialUDP(t, all[0]), ask{name: freeName(t, l.world, "com"), qtype: dnsmessage.TypeNS, rd: true})
		if brief(honest) != "NameError ra s:com.=soa" {
			t.Error("an honest resolver:", brief(honest))
		}
	}
}

func TestResolversThatLieNowAndThen(t *testing.T) {
	const absent, address = "NameError ra s:com.=soa", "Success ra a:"
	for _, test := range []struct {
		fault, free, taken, elsewhere string // the answers about such names of com, and a taken one of io
	}{
		{"resolver-lies=address", address, "Success ra a:", "Success ra a:"},
		{"resolver-lies=tld", absent, absent, "Success ra a:"},
		{"resolver-lies=later", absent, "Success ra a:", "Success ra a:"},
	} {
		l := startLab(t, Config{Seed: 1, TLDs: []string{"com", "io"}, Faults: []string{test.fault}})
		resolver := dialUDP(t, l.Resolvers()[2])
		tell := func(name string) string {
			return brief(exchange(t, resolver, ask{name: name, qtype: dnsmessage.TypeNS, rd: true}))
		}
		for name, want := range map[string]string{
			freeName(t, l.world, "com"): test.free, delegatedName(t, l.world, "com"): test.taken, delegatedName(t, l.world, "io"): test.elsewhere,
		} {
			if got := tell(name); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s: %s, want %s", test.fault, name, got, want)
			}
		}
		if test.fault != "resolver-lies=later" {
			continue
		}
		for range liarTurns {
			tell("nic.com")
		}
		if got := tell(delegatedName(t, l.world, "com")); got != absent {
			t.Errorf("after %d questions: %s", liarTurns, got)
		}
	}
}

func TestAResolverThatLiesAboutSomeNamesDoesSoEachTime(t *testing.T) {
	l := startLab(t, Config{Seed: 1, Density: 1, Faults: []string{"resolver-lies=some", "resolvers=5"}})
	all := l.Resolvers()
	if len(all) != 6 {
		t.Fatal(all)
	}
	honest, lying := dialUDP(t, all[0]), dialUDP(t, all[5])
	taken, denied := 0, 0
	for i := range 400 {
		q := ask{name: fmt.Sprintf("n%d.com", i), qtype: dnsmessage.TypeNS, rd: true}
		if !strings.HasPrefix(brief(exchange(t, honest, q)), "Success ra a:") {
			continue
		}
		taken++
		first := brief(exchange(t, lying, q))
		if first != brief(exchange(t, lying, q)) {
			t.Fatalf("%s: another answer the second time", q.name)
		}
		if strings.HasPrefix(first, "NameError") {
			denied++
		}
	}
	if denied*20 < taken || denied*5 > taken {
		t.Errorf("%d of %d names are denied, want about a tenth", denied, taken)
	}
}

// rdapLab starts a lab and returns what asks its RDAP.
func rdapLab(t *testing.T, cfg Config) (l *Lab, get func(name string) rdapReply) {
	t.Helper()
	cfg.Seed = 1
	if cfg.TLDs == nil { // of registries that are not imitated
		cfg.TLDs = []string{"dad", "me", "cc"}
	}
	l = startLab(t, cfg)
	client := &http.Client{}
	t.Cleanup(client.CloseIdleConnections)
	all := bases(t, l.BootstrapURL())
	return l, func(name string) rdapReply { return getRDAP(t, client, all[topLabel(name)], name) }
}

func TestRDAPFaults(t *testing.T) {
	for _, test := range []struct {
		fault string
		check func(t *testing.T, l *Lab, get func(string) rdapReply)
	}{
		{"rdap-404-all=dad", func(t *testing.T, _ *Lab, get func(string) rdapReply) {
			t.Helper()
			if a, b := get("nic.dad").status, get("nic.cc").status; a != 404 || b != 200 {
				t.Errorf("dad %d, cc %d", a, b)
			}
		}},
		{"rdap-404-after=2", func(t *testing.T, _ *Lab, get func(string) rdapReply) {
			t.Helper()
			got := []int{get("nic.dad").status, get("nic.dad").status, get("nic.dad").status, get("nic.cc").status}
			if !slices.Equal(got, []int{200, 200, 404, 200}) {
				t.Error(got)
			}
		}},
		{"rdap-403-reserved", func(t *testing.T, l *Lab, get func(string) rdapReply) {
			t.Helper()
			reserved := get(find(t, l.world, "cc", func(s state) bool { return s.verdict == verdictReserved }))
			if reserved.status != 403 || !strings.Contains(string(reserved.body), "reserved") || get(freeName(t, l.world, "cc")).status != 404 {
				t.Errorf("%+v", reserved)
			}
		}},
		{"rdap-429=0.01", func(t *testing.T, l *Lab, get func(string) rdapReply) {
			t.Helper()
			get("nic.dad")
			if r := get("nic.dad"); r.status != 429 || r.header.Get("Retry-After") != "1" || r.ctype != rdapType {
				t.Errorf("%+v", r)
			}
			if st := l.Stats().Operators[1]; st.RDAP != 2 || st.RDAPLimited != 1 || st.MaxPerSecond == 0 || st.TLDs[0] != "dad" {
				t.Errorf("%+v", st)
			}
		}},
		{"rdap-500=0.5", func(t *testing.T, _ *Lab, get func(string) rdapReply) {
			t.Helper()
			got := make(map[int]int)
			for range 200 {
				got[get("nic.dad").status]++
			}
			if got[500] < 60 || got[500] > 140 || got[500]+got[200] != 200 {
				t.Error(got)
			}
		}},
		{"rdap-empty-200=1", func(t *testing.T, _ *Lab, get func(string) rdapReply) {
			t.Helper()
			if r := get("nic.dad"); r.status != 200 || len(r.body) != 0 {
				t.Errorf("%+v", r)
			}
		}},
		{"rdap-html-404", func(t *testing.T, l *Lab, get func(string) rdapReply) {
			t.Helper()
			for _, tld := range []string{"dad", "cc"} {
				if r := get(freeName(t, l.world, tld)); r.status != 404 || !strings.HasPrefix(r.ctype, "text/html") || !strings.Contains(string(r.body), "<html>") {
					t.Errorf("%+v", r)
				}
			}
			if get("nic.dad").status != 200 {
				t.Error("a registered name has no record")
			}
		}},
		{"rdap-redirect", func(t *testing.T, _ *Lab, get func(string) rdapReply) {
			t.Helper()
			if r := get("nic.dad"); r.status != 404 || !strings.Contains(string(r.body), "errorCode") {
				t.Errorf("%+v", r)
			}
		}},
		{"rdap-slow=80ms", func(t *testing.T, _ *Lab, get func(string) rdapReply) {
			t.Helper()
			begun := time.Now()
			if get("nic.dad"); time.Since(begun) < 80*time.Millisecond {
				t.Error(time.Since(begun))
			}
		}},
		{"rdap-wrong-name", func(t *testing.T, _ *Lab, get func(string) rdapReply) {
			t.Helper()
			if r := get("nic.dad"); r.status != 200 || tellRDAP(t, r, "nic.dad") != "another name" {
				t.Errorf("%s", r.body)
			}
		}},
	} {
		t.Run(test.fault, func(t *testing.T) {
			l, get := rdapLab(t, Config{Faults: []string{test.fault}})
			test.check(t, l, get)
		})
	}
}

func TestWHOISFaults(t *testing.T) {
	for _, test := range []struct {
		fault string
		want  []string // what the replies begin with
	}{
		{"whois-limit=0.01", []string{"Domain Name: NIC.ME", "Query rate limit exceeded."}},
		{"whois-empty", []string{"", ""}},
		{"whois-free-all=me", []string{"Domain nic.me not found."}},
		{"whois-free-all=cc", []string{"Domain Name: NIC.ME"}},
	} {
		l := startLab(t, Config{Seed: 1, TLDs: []string{"cc", "me"}, Faults: []string{test.fault}})
		for i, want := range test.want {
			got := askWHOIS(t, l.WHOIS()["me"], "nic.me")
			if !strings.HasPrefix(got, want) || (want == "") != (got == "") {
				t.Errorf("%s: reply %d is %q", test.fault, i, got)
			}
		}
	}
}

func TestWHOISHangs(t *testing.T) {
	l := startLab(t, Config{Seed: 1, TLDs: []string{"cc", "me"}, Faults: []string{"whois-hang"}})
	conn, err := net.Dial("tcp", l.WHOIS()["me"])
	must(t, err)
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, "nic.me\r\n")
	must(t, err)
	must(t, conn.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
	if n, err := conn.Read(make([]byte, 10)); n != 0 || !isTimeout(err) {
		t.Errorf("read %d, %v", n, err)
	}
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

func TestLimitOfTheLab(t *testing.T) {
	l, get := rdapLab(t, Config{Limit: 2})
	got := make(map[int]int)
	for range 60 {
		got[get("nic.cc").status]++
	}
	limited := 0
	for range 60 {
		if strings.HasPrefix(askWHOIS(t, l.WHOIS()["cc"], "nic.cc"), limitText[:10]) {
			limited++
		}
	}
	if got[429] == 0 || got[200] < 2 || limited == 0 {
		t.Errorf("rdap %v, whois %d of 60 limited", got, limited)
	}
	_, unlimited := rdapLab(t, Config{Limit: -1})
	for range 100 {
		if r := unlimited("nic.cc"); r.status != 200 {
			t.Fatal(r.status)
		}
	}
}

// TestSharedOperators: limits count per operator, whatever the TLD.
func TestSharedOperators(t *testing.T) {
	l, get := rdapLab(t, Config{TLDs: []string{"cc", "dad", "me"}, Registries: 2, Faults: []string{"rdap-429=0.01"}})
	if a, b, c := get("nic.cc").status, get("nic.me").status, get("nic.dad").status; a != 200 || b != 429 || c != 200 {
		t.Errorf("cc %d, me %d, dad %d", a, b, c)
	}
	if ops := l.Stats().Operators; len(ops) != 2 || !slices.Equal(ops[0].TLDs, []string{"cc", "me"}) {
		t.Errorf("%+v", ops)
	}
	if l.topo.zones["cc"].servers != l.topo.zones["me"].servers || l.topo.zones["cc"].servers == l.topo.zones["dad"].servers {
		t.Error("name servers are not those of the operators")
	}
}

func TestRDAPRecord(t *testing.T) {
	l, get := rdapLab(t, Config{Density: 0.5})
	for life, status := range map[string]string{
		lifeActive: "client transfer prohibited", lifeHold: "client hold", lifeExpired: "auto renew period",
		lifeRedemption: "redemption period", lifePendingDelete: "pending delete",
	} {
		name := find(t, l.world, "cc", func(s state) bool { return s.life == life })
		r := get(strings.ToUpper(name[:3]) + name[3:])
		var d rdapDomain
		must(t, json.Unmarshal(r.body, &d))
		if r.status != 200 || r.ctype != rdapType || d.Class != "domain" || !strings.EqualFold(d.LDHName, name) || !slices.Contains(d.Status, status) {
			t.Errorf("%s: %d %s %+v", life, r.status, r.ctype, d)
		}
		if len(d.Entities) != 1 || d.Entities[0].Roles[0] != "registrar" || len(d.Events) != 3 {
			t.Errorf("%s: %+v", life, d)
		}
		whois := askWHOIS(t, l.WHOIS()["cc"], "domain "+name)
		for _, date := range d.Events {
			if !strings.Contains(whois, date.Date) {
				t.Errorf("%s: whois has no %s %s:\n%s", life, date.Action, date.Date, whois)
			}
		}
	}
	for name, want := range map[string]string{freeName(t, l.world, "cc"): "", freeName(t, l.world, "dad"): `"errorCode":404`} {
		r := get(name)
		if r.status != 404 || r.ctype != rdapType || (want == "") != (len(r.body) == 0) || !strings.Contains(string(r.body), want) {
			t.Errorf("%s: %d %s %q", name, r.status, r.ctype, r.body)
		}
	}
	// The trap: withheld, and the registry's 404 is the usual one.
	if a, b := get("ab.dad"), get("qq.dad"); a.status != 404 || len(a.body) != len(b.body) || strings.Contains(string(a.body), "eserved") {
		t.Errorf("%s %s", a.body, b.body)
	}
	for verdict, word := range map[string]string{verdictReserved: "reserved", verdictPremium: "premium"} {
		name := find(t, l.world, "cc", func(s state) bool { return s.verdict == verdict })
		if r := get(name); r.status != 404 || !strings.Contains(string(r.body), word) {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
}

func TestRDAPBadRequests(t *testing.T) {
	l, _ := rdapLab(t, Config{})
	base := strings.TrimSuffix(bases(t, l.BootstrapURL())["cc"], "cc/")
	client := &http.Client{}
	t.Cleanup(client.CloseIdleConnections)
	for path, want := range map[string]int{"": 400, "cc": 400, "cc/help": 400, "cc/domain/": 400, "cc/domain/nic.cc": 200, "cc/domain/nic.dad": 404, "cc/domain/a.nic.cc": 404} {
		resp, err := client.Get(base + path)
		must(t, err)
		must(t, resp.Body.Close())
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
	}
	resp, err := client.Post(base+"cc/domain/nic.cc", "text/plain", nil)
	must(t, err)
	must(t, resp.Body.Close())
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Error(resp.StatusCode)
	}
}

func TestBootstrapIsServedByETag(t *testing.T) {
	l := startLab(t, Config{TLDs: []string{"cc", "co.uk"}})
	resp, err := http.Get(l.BootstrapURL())
	must(t, err)
	must(t, resp.Body.Close())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.BootstrapURL(), nil)
	must(t, err)
	req.Header.Set("If-None-Match", resp.Header.Get("ETag"))
	again, err := http.DefaultClient.Do(req)
	must(t, err)
	must(t, again.Body.Close())
	if resp.StatusCode != 200 || again.StatusCode != http.StatusNotModified || l.Stats().Bootstrap != 2 {
		t.Error(resp.Status, again.Status, l.Stats().Bootstrap)
	}
	if got := bases(t, l.BootstrapURL()); got["uk"] == "" || got["cc"] == "" || len(got) != 2 {
		t.Error(got)
	}
	http.DefaultClient.CloseIdleConnections()
}
