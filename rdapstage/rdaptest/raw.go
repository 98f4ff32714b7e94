package rdaptest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Raw starts an HTTP server that writes whatever it likes: it reads one request
// and hands over the connection, which is closed after it. It ends with the test.
func Raw(tb testing.TB, answer func(p *Port43, conn *net.TCPConn, r *http.Request)) *Port43 {
	tb.Helper()
	return listen(tb, func(p *Port43, conn *net.TCPConn) {
		defer p.withServer(conn)()
		for in := bufio.NewReader(conn); ; {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			p.note(NameOf(r))
			answer(p, conn, r)
			if r.Close {
				return
			}
		}
	})
}

// Octets answers with these octets and closes.
func Octets(text string) func(*Port43, *net.TCPConn, *http.Request) {
	return func(_ *Port43, conn *net.TCPConn, r *http.Request) {
		_, _ = io.WriteString(conn, text)
		r.Close = true
	}
}

// Forever writes start and then piece, again and again with a pause, until the
// client is gone.
func Forever(start, piece string, every time.Duration) func(*Port43, *net.TCPConn, *http.Request) {
	return func(p *Port43, conn *net.TCPConn, r *http.Request) {
		r.Close = true
		p.forever(conn, start, piece, every)
	}
}

// DripText says a text one octet at a time and begins again at its end.
func DripText(text string, every time.Duration) func(*Port43) Talk {
	return func(p *Port43) Talk {
		return func(conn *net.TCPConn, _ string) {
			for {
				for i := range len(text) {
					if !p.say(conn, text[i:i+1], every) {
						return
					}
				}
			}
		}
	}
}

func (p *Port43) forever(conn net.Conn, start, piece string, every time.Duration) {
	for ok := p.say(conn, start, every); ok; {
		ok = p.say(conn, piece, every)
	}
}

// say writes a text and waits; false once the client or the server has ended.
func (p *Port43) say(conn net.Conn, text string, pause time.Duration) bool {
	if _, err := io.WriteString(conn, text); err != nil {
		return false
	}
	if pause == 0 {
		return true
	}
	select {
	case <-p.quit:
		return false
	case <-time.After(pause):
		return true
	}
}

// Bomb is about 1 KB a megabyte of spaces, gzipped, and a not-found body at its end.
func Bomb(megabytes int) []byte {
	member := func(text string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
		return b.Bytes()
	}
	return append(bytes.Repeat(member(strings.Repeat(" ", 1<<20)), megabytes), member(NotFoundBody)...)
}

// Deep is a not-found body with an array so many levels deep in it.
func Deep(levels int) string {
	return fmt.Sprintf(`{"errorCode":404,"title":"Not Found","notices":%s%s}`, strings.Repeat("[", levels), strings.Repeat("]", levels))
}

// Accept starts a server that does as it likes with every connection, which is
// closed after it. It ends with the test.
func Accept(tb testing.TB, serve func(p *Port43, conn *net.TCPConn)) *Port43 {
	tb.Helper()
	return listen(tb, func(p *Port43, conn *net.TCPConn) {
		defer p.withServer(conn)()
		serve(p, conn)
	})
}

// Hold waits, saying nothing, until the client is gone or the server ends.
func (p *Port43) Hold(conn net.Conn) { p.hold(conn) }
