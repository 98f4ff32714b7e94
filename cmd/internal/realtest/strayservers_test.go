//go:build linux

package realtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// envHostile makes the test binary the hostile servers; it names the file in
// which they note what they said.
const envHostile = "VACANT_TEST_HOSTILE"

// said is a reply, with a name for it; {name} in it is the name asked about.
type said struct{ kind, text string }

// redirects are where a question about a name is sent.
var redirects = []said{
	{"http elsewhere", "http://10.9.9.9/domain/{name}"}, {"https elsewhere", "https://10.9.9.9/domain/{name}"},
	{"another port", "http://127.0.0.1:8089/domain/{name}"}, {"another loopback address", "http://127.0.0.9:8081/domain/{name}"},
	{"https on this host", "https://127.0.0.1/domain/{name}"}, {"localhost", "http://localhost:8081/domain/{name}"},
	{"the address of metadata", "http://169.254.169.254/latest/meta-data/"}, {"private", "http://192.168.1.1/"},
	{"IPv6 loopback", "http://[::1]:8081/domain/{name}"}, {"IPv6 mapped", "http://[::ffff:127.0.0.1]:8082/domain/{name}"},
	{"IPv6 elsewhere", "http://[2001:db8::9]/domain/{name}"}, {"IPv6 link-local", "http://[fe80::1%25lo]/domain/{name}"},
	{"NAT64", "http://[64:ff9b::a09:909]/domain/{name}"}, {"user and password", "http://127.0.0.1:8081@10.9.9.9/domain/{name}"},
	{"scheme-less", "//10.9.9.9/domain/{name}"}, {"a host by name", "http://registry.example/domain/{name}"}, {"ftp", "ftp://10.9.9.9/{name}"},
}

const notFound = `{"errorCode":404,"title":"Not Found","description":["object not found"]`

// bodies are RDAP answers that name other servers.
var bodies = []said{
	{"links of an error", notFound + `,"links":[{"rel":"related","href":"http://10.9.9.9/domain/{name}","type":"application/rdap+json"},{"rel":"alternate","href":"https://[2001:db8::9]/"}]}`},
	{"links in a notice", notFound + `,"notices":[{"title":"Terms","links":[{"rel":"terms-of-service","href":"http://10.9.9.9/tos"}]}]}`},
	{"a WHOIS server", notFound + `,"port43":"10.9.9.9"}`},
	{"an external entity", `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "http://10.9.9.9/">]><a>&x;</a>`},
	{"links of a record", `{"objectClassName":"domain","ldhName":"{name}","status":["active"],"port43":"10.9.9.9","links":[{"rel":"related","href":"https://10.9.9.9/domain/{name}"}],
"entities":[{"objectClassName":"entity","roles":["registrar"],"links":[{"rel":"about","href":"http://10.9.9.9/"}],"publicIds":[{"type":"IANA Registrar ID","identifier":"1"}]}],
"nameservers":[{"objectClassName":"nameserver","ldhName":"ns.registry.example","links":[{"rel":"self","href":"http://10.9.9.9/"}]}]}`},
	{"a page that moves on", `<html><head><meta http-equiv="refresh" content="0;url=http://10.9.9.9/"></head></html>`},
}

// referrals are WHOIS texts that name other servers.
var referrals = []said{
	{"Registrar WHOIS Server", "Domain Name: {name}\r\nRegistrar WHOIS Server: 10.9.9.9\r\n"}, {"Whois Server", "   Whois Server: 10.9.9.9:4343\r\nNo match.\r\n"},
	{"refer", "refer:        10.9.9.9\r\n\r\ndomain:       COM\r\n"}, {"refer without its line break", "refer: 10.9.9.9"}, {"whois", "whois: 10.9.9.9\r\n"},
	{"ReferralServer", "ReferralServer: whois://10.9.9.9:43\r\n"}, {"ReferralServer rwhois", "ReferralServer: rwhois://10.9.9.9:4321/auth-area=.\r\n"},
	{"%referral", "%referral rwhois://10.9.9.9:4321/auth-area=.\r\n"}, {"a referral by name", "Registrar WHOIS Server: whois.registry.example\r\n"},
	{"a referral over IPv6", "Registrar WHOIS Server: 2001:db8::9\r\nrefer: [2001:db8::9]:43\r\n"}, {"a referral home", "Registrar WHOIS Server: 127.0.0.1:8089\r\nwhois: localhost\r\n"},
	{"behind a no", "No match for domain \"{name}\".\r\n>>> Last update of whois database: 2026-01-01T00:00:00Z <<<\r\nRegistrar WHOIS Server: 10.9.9.9\r\n"},
	{"a URL", "No match for domain \"{name}\". See https://10.9.9.9/whois?q={name}\r\n"},
}

func kindsOf(list []said) []string {
	kinds := make([]string, len(list))
	for i, s := range list {
		kinds[i] = s.kind
	}
	return kinds
}

func (s said) about(name string) string { return strings.ReplaceAll(s.text, "{name}", name) }

// hostile are the servers.
type hostile struct {
	mu  sync.Mutex
	log *os.File
}

// beHostile makes this process the servers, for as long as it lives, where
// [envHostile] is set; false where it is not.
func beHostile() bool {
	file := os.Getenv(envHostile)
	if file == "" {
		return false
	}
	h := &hostile{}
	ends := make(chan error)
	dns, err1 := net.ListenPacket("udp", hostileServers.dns)
	stream, err2 := net.Listen("tcp", hostileServers.dns)
	rdap, err3 := net.Listen("tcp", hostileServers.rdap)
	whois, err4 := net.Listen("tcp", hostileServers.whois)
	bare, err5 := net.Listen("tcp", hostileServers.bare)
	var err6 error
	if h.log, err6 = os.Create(file); errors.Join(err1, err2, err3, err4, err5, err6) != nil {
		panic(errors.Join(err1, err2, err3, err4, err5, err6))
	}
	go func() { ends <- serveZone(dns) }()
	go accept(stream, serveZoneTCP)
	go accept(whois, func(c net.Conn) { h.whois(c, rdapWords) })
	go accept(bare, func(c net.Conn) { h.whois(c, "") })
	go func() { ends <- (&http.Server{Handler: h, ReadHeaderTimeout: time.Minute}).Serve(rdap) }()
	panic(<-ends)
}

func accept(ln net.Listener, serve func(net.Conn)) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer func() { _ = c.Close() }()
			serve(c)
		}()
	}
}

// isTaken is the truth: short labels that begin with t, and nic.
func isTaken(name string) bool {
	label, _, _ := strings.Cut(strings.ToLower(name), ".")
	return label == "nic" || len(label) <= 4 && strings.HasPrefix(label, "t")
}

var numberedName = regexp.MustCompile(`^a(\d\d)\.`)

// choice returns which of n hostile answers a name gets; honest ones have none.
func choice(name string, n int) (int, bool) {
	m := numberedName.FindStringSubmatch(name)
	if m == nil {
		return 0, false
	}
	number, _ := strconv.Atoi(m[1])
	return number % n, true
}

func (h *hostile) note(kind string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, _ = fmt.Fprintln(h.log, kind)
}

// ServeHTTP is the RDAP server and the bootstrap file.
func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.ToLower(path.Base(r.URL.Path))
	i, chosen := choice(name, len(redirects)+len(bodies))
	switch {
	case name == "dns.json":
		_, _ = fmt.Fprintf(w, `{"version":"1.0","services":[[["gamma"],["http://%s/gamma/"]],[["omega"],["http://10.9.9.9/"]]]}`, hostileServers.rdap)
	case strings.HasPrefix(name, "a98."):
		unasked(w)
		h.note(twoAnswers)
	case isTaken(name):
		answer(w, http.StatusOK, bodies[4].about(name))
		h.note(bodies[4].kind)
	case !chosen:
		answer(w, http.StatusNotFound, notFound+"}")
	case i < len(redirects):
		h.note(redirects[i].kind)
		w.Header().Set("Location", redirects[i].about(name))
		w.Header().Set("Link", `<http://10.9.9.9/>; rel="preload"`)
		w.Header().Set("Refresh", "0; url=http://10.9.9.9/")
		w.WriteHeader(http.StatusFound)
	default:
		h.note(bodies[i-len(redirects)].kind)
		answer(w, http.StatusNotFound, bodies[i-len(redirects)].about(name))
	}
}

const twoAnswers = "two answers to one question"

// unasked writes two replies where one is wanted.
func unasked(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	one := fmt.Sprintf("HTTP/1.1 404 Not Found\r\nContent-Type: application/rdap+json\r\nContent-Length: %d\r\n\r\n%s}", len(notFound)+1, notFound)
	_, _ = io.WriteString(conn, one+one)
	_, _ = io.Copy(io.Discard, conn) // until the client has had enough of it
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/rdap+json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// rdapWords stand in front of the answers of one WHOIS server, not the other's.
const rdapWords = "% Terms of use: https://10.9.9.9/terms\r\n"

// whois is a WHOIS server.
func (h *hostile) whois(c net.Conn, before string) {
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		return
	}
	name := strings.ToLower(strings.TrimSpace(line))
	text := fmt.Sprintf("No match for domain %q.\r\n>>> Last update of whois database: 2026-01-01T00:00:00Z <<<\r\n", strings.ToUpper(name))
	if i, chosen := choice(name, len(referrals)); chosen {
		text = referrals[i].about(name)
		h.note(referrals[i].kind)
	}
	if isTaken(name) {
		text = fmt.Sprintf("Domain Name: %s\r\nRegistry Domain ID: 1_D\r\nRegistrar WHOIS Server: 10.9.9.9\r\nRegistrar: Example\r\nCreation Date: 2001-02-03T04:05:06Z\r\nRegistry Expiry Date: 2031-02-03T04:05:06Z\r\nDomain Status: ok\r\nName Server: ns.registry.example\r\nreferralserver: whois://10.9.9.9\r\n", strings.ToUpper(name))
	}
	_, _ = io.WriteString(c, before+text)
}

// serveZone answers over UDP for every TLD: a referral or NXDOMAIN.
func serveZone(conn net.PacketConn) error {
	buf := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return err
		}
		if reply, err := zoneReply(buf[:n]); err == nil {
			_, _ = conn.WriteTo(reply, from)
		}
	}
}

// serveZoneTCP is the same with a length before each message.
func serveZoneTCP(c net.Conn) {
	in := bufio.NewReader(c)
	for {
		head := make([]byte, 2)
		if _, err := io.ReadFull(in, head); err != nil {
			return
		}
		query := make([]byte, int(head[0])<<8|int(head[1]))
		if _, err := io.ReadFull(in, query); err != nil {
			return
		}
		reply, err := zoneReply(query)
		if err != nil {
			return
		}
		_, _ = c.Write(append([]byte{byte(len(reply) >> 8), byte(len(reply))}, reply...))
	}
}

// zoneReply delegates what is taken to a server with an address that nobody may
// ask, and denies the rest.
func zoneReply(query []byte) ([]byte, error) {
	var p dnsmessage.Parser
	header, err := p.Start(query)
	if err != nil {
		return nil, err
	}
	q, err := p.Question()
	if err != nil {
		return nil, err
	}
	name := strings.TrimSuffix(q.Name.String(), ".")
	zone := dnsmessage.MustNewName(strings.ToLower(name[strings.LastIndexByte(name, '.')+1:]) + ".")
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: header.ID, Response: true, Authoritative: true}, Questions: []dnsmessage.Question{q}}
	ns := dnsmessage.MustNewName("ns.registry.example.")
	soa := dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: zone, Class: dnsmessage.ClassINET, TTL: 300},
		Body: &dnsmessage.SOAResource{NS: ns, MBox: ns, Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400, MinTTL: 300}}
	switch {
	case !strings.Contains(name, "."):
		m.Answers = []dnsmessage.Resource{soa}
		if q.Type != dnsmessage.TypeSOA {
			m.Answers, m.Authorities = nil, []dnsmessage.Resource{soa}
		}
	case isTaken(name):
		m.Authoritative = false
		m.Authorities = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 300}, Body: &dnsmessage.NSResource{NS: ns}}}
		m.Additionals = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: ns, Class: dnsmessage.ClassINET, TTL: 300}, Body: &dnsmessage.AResource{A: [4]byte{10, 9, 9, 9}}}}
	default:
		m.RCode, m.Authorities = dnsmessage.RCodeNameError, []dnsmessage.Resource{soa}
	}
	return m.Pack()
}
