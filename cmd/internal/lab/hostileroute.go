package lab

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"time"
)

// elsewhere begins the paths of pages that an RDAP server does not have.
const elsewhere = "/elsewhere/"

// rdapRouteKinds lead away from the registry. What is behind a redirect always
// says 404, as RDAP does.
func rdapRouteKinds() []hostileKind {
	to := func(target func(c *rdapCase) string) func(c *rdapCase) bool {
		return func(c *rdapCase) bool {
			http.Redirect(c.w, c.r, target(c), http.StatusFound)
			return true
		}
	}
	return []hostileKind{
		rdapKind("rdap-redirect", "a redirect to another server, which knows no name at all", to(func(c *rdapCase) string {
			return "http://" + c.hostility.stray + c.r.URL.Path
		})),
		rdapKind("rdap-redirect-path", "a redirect to a page of the same server, which is not found", to(func(c *rdapCase) string {
			return elsewhere + c.name
		})),
		rdapKind("rdap-redirect-loop", "a redirect to itself", to(func(c *rdapCase) string { return c.r.URL.Path })),
		rdapKind("rdap-redirect-name", "a redirect to the question about another name", to(func(c *rdapCase) string {
			return "/" + c.tld + "/domain/a-name-that-nobody-ever-had." + parent(c.name)
		})),
		rdapKind("rdap-redirect-localhost", "a redirect to localhost", to(func(c *rdapCase) string {
			_, port, _ := net.SplitHostPort(c.hostility.stray)
			return "http://localhost:" + port + c.r.URL.Path
		})),
		rdapKind("rdap-redirect-mapped", "a redirect to ::ffff:127.0.0.1", to(func(c *rdapCase) string {
			_, port, _ := net.SplitHostPort(c.hostility.stray)
			return "http://[::ffff:127.0.0.1]:" + port + c.r.URL.Path
		})),
		rdapKind("rdap-redirect-scheme", "a redirect to file:///", to(func(*rdapCase) string { return "file:///etc/hostname" })),
		rdapKind("rdap-redirect-nowhere", "a redirect without a target", func(c *rdapCase) bool {
			return answer(http.StatusFound, rdapType, errorObject(http.StatusNotFound, "Not Found", "No domain object was found. NAME"))(c)
		}),
	}
}

// rdapWireKinds break HTTP or the connection.
func rdapWireKinds() []hostileKind {
	return []hostileKind{
		rdapKind("rdap-hang", "the question is taken and never answered", func(c *rdapCase) bool {
			<-c.r.Context().Done()
			return true
		}),
		rdapKind("rdap-reset", "the connection is reset", seize(func(net.Conn, *rdapCase) {})),
		rdapKind("rdap-cut", "a 404 that is cut off in the middle of its body", seize(func(conn net.Conn, _ *rdapCase) {
			body := paddedNo()
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 404 Not Found\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", rdapType, len(body), body[:len(body)/2])
		})),
		rdapKind("rdap-cut-chunk", "a 404 without the last chunk", seize(func(conn net.Conn, _ *rdapCase) {
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 404 Not Found\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n", rdapType)
			_, _ = httputil.NewChunkedWriter(conn).Write([]byte(paddedNo()))
		})),
		rdapKind("rdap-endless-headers", "a 404 whose header never ends", seize(func(conn net.Conn, _ *rdapCase) {
			_, err := fmt.Fprint(conn, "HTTP/1.1 404 Not Found\r\n")
			for i := 0; i < endless/1024 && err == nil; i++ {
				_, err = fmt.Fprintf(conn, "X-%d: %s\r\n", i, strings.Repeat("x", 1000))
			}
		})),
		rdapKind("rdap-endless-1xx", "103 after 103, and no answer", seize(func(conn net.Conn, _ *rdapCase) {
			var err error
			for i := 0; i < 10_000 && err == nil; i++ {
				_, err = fmt.Fprint(conn, "HTTP/1.1 103 Early Hints\r\nLink: </>; rel=preload\r\n\r\n")
			}
		})),
		rdapKind("rdap-garbage", "octets that are not HTTP", seize(func(conn net.Conn, _ *rdapCase) {
			_, _ = fmt.Fprint(conn, "NOT FOUND\x00\xff\r\n404 404 404\r\n\r\n")
		})),
	}
}

// endless is after how many octets the lab is tired of what should never end.
const endless = 64 << 20

// seize answers on the bare connection, which is then reset if anything is
// unread, and closed.
func seize(play func(net.Conn, *rdapCase)) func(c *rdapCase) bool {
	return func(c *rdapCase) bool {
		conn, _, err := http.NewResponseController(c.w).Hijack()
		if err != nil {
			return false
		}
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(whoisPatience))
		play(conn, c)
		if c.fault.Name == "rdap-reset" {
			reset(conn)
		}
		return true
	}
}

// reset makes closing conn send RST.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

// rdapTurnKinds say the registry's own no about names that it has.
func rdapTurnKinds() []hostileKind {
	return []hostileKind{
		rdapKind("rdap-404-all", "the registry's own 404 about every name", (*rdapCase).no),
		rdapKind("rdap-404-empty", "404 of RDAP's type without a body, about every name", answer(http.StatusNotFound, rdapType, "")),
		{FaultKind: FaultKind{Name: "rdap-404-after", Arg: "N", Help: "the registry's own 404 about every name after N answers of each server", Protocol: protocolRDAP, Switches: true},
			parse: func(h *hostile, arg string) error { return count(&h.number, arg, 1<<30) },
			rdap:  func(c *rdapCase) bool { return c.operator.right.Add(1) > int64(c.fault.number) && c.no() }},
		rdapKind("rdap-pool", "a pool in which one of four backends says 404 to everything, at random for each request", func(c *rdapCase) bool {
			return draw(mix(c.world.seed^c.seq), saltPool) < 0.25 && c.no()
		}),
		rdapKind("rdap-pool-robin", "such a pool, every fourth request", func(c *rdapCase) bool { return c.seq%4 == 0 && c.no() }),
		rdapKind("rdap-pool-conn", "such a pool, a backend for each connection", func(c *rdapCase) bool {
			return sip(c.world.key, []byte(c.r.RemoteAddr))%4 == 0 && c.no()
		}),
		{FaultKind: FaultKind{Name: "rdap-slow", Arg: "DUR", Help: "DUR before each answer", Protocol: protocolRDAP, Switches: true},
			parse: func(h *hostile, arg string) error { return duration(&h.pause, arg) },
			rdap: func(c *rdapCase) bool {
				c.fault.count(c.world.dangerous(c.name))
				return !sleep(c.r.Context(), c.fault.pause)
			}},
	}
}

// saltPool is of the draw of a backend.
const saltPool uint64 = 401
