package rdaptest

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// Talk answers one query on a connection, which is closed after it.
type Talk func(conn *net.TCPConn, query string)

// Port43 is a running WHOIS or DAS server.
type Port43 struct {
	ln     net.Listener
	mu     sync.Mutex
	asked  []string
	opened int
	conns  sync.WaitGroup
	quit   chan struct{}
}

// Listen starts a server that talks; it ends with the test.
func Listen(tb testing.TB, talk func(p *Port43) Talk) *Port43 {
	tb.Helper()
	var once sync.Once
	var say Talk
	return listen(tb, func(p *Port43, conn *net.TCPConn) {
		once.Do(func() { say = talk(p) })
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil {
			return
		}
		query := strings.TrimSpace(line)
		p.note(query)
		say(conn, query)
	})
}

// listen starts a server that serves connections one by one, each in a
// goroutine of its own.
func listen(tb testing.TB, serve func(p *Port43, conn *net.TCPConn)) *Port43 {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Port43{ln: ln, quit: make(chan struct{})}
	p.conns.Go(func() { p.accept(serve) })
	tb.Cleanup(func() {
		close(p.quit)
		_ = ln.Close()
		p.conns.Wait()
	})
	return p
}

// Addr returns host:port.
func (p *Port43) Addr() string { return p.ln.Addr().String() }

// Asked returns every query, in order of arrival.
func (p *Port43) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.asked...)
}

// Connections returns how many were opened, whatever came of them.
func (p *Port43) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened
}

func (p *Port43) note(query string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, query)
}

func (p *Port43) accept(serve func(p *Port43, conn *net.TCPConn)) {
	for {
		conn, err := p.ln.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.opened++
		p.mu.Unlock()
		p.conns.Go(func() {
			defer func() { _ = conn.Close() }()
			serve(p, conn.(*net.TCPConn))
		})
	}
}

// withServer closes conn when the server ends, so that nobody waits for a client
// that is idle; the function it returns gives that up.
func (p *Port43) withServer(conn net.Conn) func() {
	done := make(chan struct{})
	p.conns.Go(func() {
		select {
		case <-p.quit:
			_ = conn.Close()
		case <-done:
		}
	})
	return func() { close(done) }
}

// Say always says the same text.
func Say(text string) func(*Port43) Talk {
	return func(*Port43) Talk {
		return func(conn *net.TCPConn, _ string) { _, _ = io.WriteString(conn, text) }
	}
}

// HonestWHOIS answers in the words of many registries.
func HonestWHOIS(is Registered) func(*Port43) Talk {
	return func(*Port43) Talk {
		return func(conn *net.TCPConn, query string) {
			name := query[strings.LastIndexByte(query, ' ')+1:]
			if is(name) {
				_, _ = io.WriteString(conn, WHOISRecord(name))
				return
			}
			_, _ = io.WriteString(conn, WHOISNotFound(name))
		}
	}
}

// WHOISRecord is the record of a registered name.
func WHOISRecord(name string) string {
	return fmt.Sprintf("Domain Name: %s\r\nRegistry Domain ID: 1_DOMAIN\r\nRegistrar: Example Registrar\r\nCreation Date: 2001-02-03T04:05:06Z\r\nRegistry Expiry Date: 2031-02-03T04:05:06Z\r\nDomain Status: ok\r\nName Server: ns1.example.net\r\n", strings.ToUpper(name))
}

// WHOISNotFound is the answer about a name that nobody has.
func WHOISNotFound(name string) string {
	return fmt.Sprintf("No match for domain \"%s\".\r\n>>> Last update of whois database: 2026-01-01T00:00:00Z <<<\r\n", strings.ToUpper(name))
}

// NeverClosing says a whole text and leaves the connection open.
func NeverClosing(text string) func(*Port43) Talk {
	return func(p *Port43) Talk {
		return func(conn *net.TCPConn, _ string) {
			_, _ = io.WriteString(conn, text)
			p.hold(conn)
		}
	}
}

// hold waits until the client is gone or the server ends.
func (p *Port43) hold(conn net.Conn) {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = io.Copy(io.Discard, conn)
	}()
	select {
	case <-gone:
	case <-p.quit:
		_ = conn.Close()
		<-gone
	}
}

// Endless never stops talking.
func Endless(line string) func(*Port43) Talk {
	return func(*Port43) Talk {
		return func(conn *net.TCPConn, _ string) {
			for {
				if _, err := io.WriteString(conn, line); err != nil {
					return
				}
			}
		}
	}
}

// SayAndReset says a text and resets the connection before its end.
func SayAndReset(text string) func(*Port43) Talk {
	return func(p *Port43) Talk {
		return func(conn *net.TCPConn, _ string) {
			_, _ = io.WriteString(conn, text)
			_ = conn.SetLinger(0)
		}
	}
}
