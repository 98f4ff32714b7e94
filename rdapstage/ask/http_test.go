package ask

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vacant/rdapstage/rdaptest"
)

// head is a status line and the header fields every reply here has.
func head(status string, fields ...string) string {
	return "HTTP/1.1 " + status + "\r\nContent-Type: application/rdap+json\r\n" + strings.Join(append(fields, ""), "\r\n") + "\r\n"
}

const (
	piece = 20 * time.Millisecond // between what a server drips
	nope  = rdaptest.NotFoundBody
)

// TestHTTPHostile has servers that do to a GET what servers do, over a real
// socket. Whatever is not one whole reply is an error, in time, and one octet
// more than the bounds is too.
func TestHTTPHostile(t *testing.T) {
	long := strings.Repeat("x", 100<<10)
	tests := []struct {
		name   string
		answer func(*rdaptest.Port43, *net.TCPConn, *http.Request)
		want   error // nil: any
	}{
		{"closed at once", rdaptest.Octets(""), nil},
		{"no HTTP", rdaptest.Octets("SSH-2.0-OpenSSH_9.2\r\n"), nil},
		{"HTTP/0.9", rdaptest.Octets(nope), nil},
		{"a status of no number", rdaptest.Octets("HTTP/1.1 abc\r\n\r\n"), nil},
		{"HTTP/2 frames", rdaptest.Octets("\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80\x00\x04\x00\x01\x00\x00\x00\x05\x00\xff\xff\xff"), nil},
		{"a header without end", rdaptest.Forever("HTTP/1.1 404 Not Found\r\n", "X-Filler: "+strings.Repeat("x", 1000)+"\r\n", 0), nil},
		{"one header line without end", rdaptest.Forever("HTTP/1.1 404 Not Found\r\nX-Filler: ", long, 0), nil},
		{"a header that is too large", rdaptest.Octets(head("404 Not Found", "X-Filler: "+long, "Content-Length: 0")), nil},
		{"a header an octet a while", rdaptest.Forever("HTTP/1.1 404 Not Found\r\nX-Filler: ", "x", piece), nil},
		{"100 Continue without end", rdaptest.Forever("", "HTTP/1.1 100 Continue\r\n\r\n", 0), nil},
		{"103 Early Hints without end", rdaptest.Forever("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 0), nil},
		{"102 a while without end", rdaptest.Forever("", "HTTP/1.1 102 Processing\r\n\r\n", piece), nil},
		{"a body an octet a while", rdaptest.Forever(head("404 Not Found", "Content-Length: 100000"), " ", piece), nil},
		{"a body that never begins", rdaptest.Forever(head("404 Not Found", "Content-Length: 10"), "", piece), nil},
		{"a body that ends early", rdaptest.Octets(head("404 Not Found", "Content-Length: 1000") + nope), nil},
		{"a body beyond the bound", rdaptest.Octets(head("404 Not Found") + strings.Repeat(" ", MaxBody) + nope), ErrTooLong},
		{"a body without end", rdaptest.Forever(head("404 Not Found"), strings.Repeat(" ", 32<<10), 0), ErrTooLong},
		{"two lengths", rdaptest.Octets(head("404 Not Found", "Content-Length: 5", "Content-Length: 6") + nope), nil},
		{"a length below nothing", rdaptest.Octets(head("404 Not Found", "Content-Length: -5") + nope), nil},
		{"a length of 2^64", rdaptest.Octets(head("404 Not Found", "Content-Length: 18446744073709551616") + nope), nil},
		{"chunks that are none", rdaptest.Octets(head("404 Not Found", "Transfer-Encoding: chunked") + "zz\r\n" + nope), nil},
		{"a chunk too long to be", rdaptest.Octets(head("404 Not Found", "Transfer-Encoding: chunked") + "ffffffffffffffffff\r\n" + nope), nil},
		{"a chunk below nothing", rdaptest.Octets(head("404 Not Found", "Transfer-Encoding: chunked") + "-1\r\n" + nope), nil},
		{"chunks without the last", rdaptest.Octets(head("404 Not Found", "Transfer-Encoding: chunked") + fmt.Sprintf("%x\r\n%s\r\n", len(nope), nope)), nil},
		{"chunk extensions without end", rdaptest.Forever(head("404 Not Found", "Transfer-Encoding: chunked")+"1;", "x", 0), nil},
		{"trailers without end", rdaptest.Forever(head("404 Not Found", "Transfer-Encoding: chunked", "Trailer: X")+"0\r\n", "X: y\r\n", 0), nil},
		{"another transfer coding", rdaptest.Octets(head("404 Not Found", "Transfer-Encoding: gzip") + nope), nil},
		{"gzip that is none", rdaptest.Octets(head("404 Not Found", "Content-Encoding: gzip") + nope), nil},
		{"gzip that ends early", rdaptest.Octets(head("404 Not Found", "Content-Encoding: gzip") + string(rdaptest.Bomb(1)[:500])), nil},
		{"a bomb", rdaptest.Octets(head("404 Not Found", "Content-Encoding: gzip") + string(rdaptest.Bomb(64))), ErrTooLong},
		{"a reset in the middle", resetAfter(head("404 Not Found", "Content-Length: 1000") + nope), nil},
		{"a redirect to another host", rdaptest.Octets(head("302 Found", "Location: http://127.0.0.9/x", "Content-Length: 0")), ErrRedirectHost},
		{"a redirect to another port", rdaptest.Octets(head("302 Found", "Location: http://127.0.0.1:1/x", "Content-Length: 0")), ErrRedirectHost},
		{"a redirect to a file", rdaptest.Octets(head("302 Found", "Location: file:///etc/passwd", "Content-Length: 0")), ErrRedirectScheme},
		{"a redirect to itself", redirecting("/domain/x.test"), ErrRedirects},
		{"a redirect to no URL", rdaptest.Octets(head("302 Found", "Location: http://[::1", "Content-Length: 0")), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := rdaptest.Raw(t, tt.answer)
			a := newAsker(t, Config{})
			page, err := a.Domain(within(t, 10*soon), mustURL(t, "http://"+srv.Addr()), "x.test", true)
			if err == nil || len(page.Body) > 0 || page.Status != 0 {
				t.Errorf("taken: %d, %.60q", page.Status, page.Body)
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

// redirecting sends every question to where.
func redirecting(where string) func(*rdaptest.Port43, *net.TCPConn, *http.Request) {
	return func(_ *rdaptest.Port43, conn *net.TCPConn, _ *http.Request) {
		_, _ = fmt.Fprint(conn, head("307 Temporary Redirect", "Location: "+where, "Content-Length: 0"))
	}
}

func resetAfter(text string) func(*rdaptest.Port43, *net.TCPConn, *http.Request) {
	return func(_ *rdaptest.Port43, conn *net.TCPConn, r *http.Request) {
		_, _ = fmt.Fprint(conn, text)
		_ = conn.SetLinger(0)
		r.Close = true
	}
}

// TestHTTPRecords has whole replies, however odd: they are recorded as they are,
// and what they mean is for whoever reads them.
func TestHTTPRecords(t *testing.T) {
	same := "/domain/x.test"
	tests := []struct {
		name, octets string
		want         Page
	}{
		{"a no", head("404 Not Found", "Content-Length: "+fmt.Sprint(len(nope))) + nope, Page{Status: 404, ContentType: "application/rdap+json", Body: []byte(nope)}},
		{"a status without a phrase", "HTTP/1.1 404 \r\nContent-Length: 2\r\n\r\n{}", Page{Status: 404, Body: []byte("{}")}},
		{"no length", "HTTP/1.0 404 Not Found\r\n\r\n{}", Page{Status: 404, Body: []byte("{}")}},
		{"a length that cuts", head("404 Not Found", "Content-Length: 5") + nope, Page{Status: 404, ContentType: "application/rdap+json", Body: []byte(nope[:5])}},
		{"chunks", "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n", Page{Status: 404, Body: []byte("{}")}},
		{"a few hints before", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", Page{Status: 404, Body: []byte("{}")}},
		{"101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", Page{Status: 101}},
		{"204", "HTTP/1.1 204 No Content\r\n\r\n", Page{Status: 204}},
		{"206", "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\n{}", Page{Status: 206, Body: []byte("{}")}},
		{"304 unasked", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n", Page{Status: 304, ETag: `"x"`}},
		{"a redirect without a target", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", Page{Status: 302}},
		{"429", "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 86361\r\nContent-Length: 0\r\n\r\n", Page{Status: 429, RetryAfter: "86361"}},
		{"999", "HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n", Page{Status: 999}},
		{"deep JSON", fmt.Sprintf("HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n%s", len(rdaptest.Deep(9000)), rdaptest.Deep(9000)), Page{Status: 404, Body: []byte(rdaptest.Deep(9000))}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := rdaptest.Raw(t, rdaptest.Octets(tt.octets))
			got, err := newAsker(t, Config{}).Domain(within(t, 10*soon), mustURL(t, "http://"+srv.Addr()+"/"), "x.test", true)
			if err != nil {
				t.Fatal(err)
			}
			tt.want.URL, tt.want.FinalURL = "http://"+srv.Addr()+same, "http://"+srv.Addr()+same
			if string(got.Body) != string(tt.want.Body) {
				t.Errorf("body %.60q, want %.60q", got.Body, tt.want.Body)
			}
			got.Body, tt.want.Body = nil, nil
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", tt.want) {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestRedirectsInTheHouseAreFollowedAndSaid goes two rooms on.
func TestRedirectsInTheHouseAreFollowedAndSaid(t *testing.T) {
	srv := rdaptest.Raw(t, func(p *rdaptest.Port43, conn *net.TCPConn, r *http.Request) {
		switch r.URL.Path {
		case "/domain/x.test":
			redirecting("/v2/domain/x.test")(p, conn, r)
		case "/v2/domain/x.test":
			redirecting("http://"+r.Host+"/v3/domain/x.test")(p, conn, r)
		default:
			_, _ = fmt.Fprint(conn, head("200 OK", "Content-Length: 2")+"{}")
		}
	})
	page, err := newAsker(t, Config{}).Domain(within(t, 10*soon), mustURL(t, "http://"+srv.Addr()), "x.test", true)
	if err != nil || page.FinalURL != "http://"+srv.Addr()+"/v3/domain/x.test" || page.URL != "http://"+srv.Addr()+"/domain/x.test" {
		t.Errorf("%+v, %v", page, err)
	}
}

// TestExchangesHaveADeadlineOfTheirOwn has a context without one.
func TestExchangesHaveADeadlineOfTheirOwn(t *testing.T) {
	ctx, cancel := bounded(t.Context())
	defer cancel()
	if at, ok := ctx.Deadline(); !ok || time.Until(at) > Deadline {
		t.Errorf("the deadline is %v, %v", at, ok)
	}
	soonCtx, end := bounded(within(t, soon))
	defer end()
	if at, _ := soonCtx.Deadline(); time.Until(at) > soon {
		t.Errorf("an earlier deadline became %v", at)
	}
}

// TestConnectionsAreNotReusedAfterNonsense has a server that writes a second
// reply behind the first: it must not answer the next question.
func TestConnectionsAreNotReusedAfterNonsense(t *testing.T) {
	two := head("200 OK", "Content-Length: 2") + "{}" + head("404 Not Found", "Content-Length: "+fmt.Sprint(len(nope))) + nope
	var first atomic.Bool
	first.Store(true)
	srv := rdaptest.Raw(t, func(_ *rdaptest.Port43, conn *net.TCPConn, _ *http.Request) {
		if first.CompareAndSwap(true, false) {
			_, _ = fmt.Fprint(conn, two)
			return
		}
		_, _ = fmt.Fprint(conn, head("200 OK", "Content-Length: 4")+"null")
	})
	a := newAsker(t, Config{})
	for i, want := range []string{"{}", "null"} {
		page, err := a.Domain(within(t, 10*soon), mustURL(t, "http://"+srv.Addr()), "x.test", true)
		if err != nil || string(page.Body) != want {
			t.Errorf("answer %d: %d %.40q, %v", i, page.Status, page.Body, err)
		}
	}
}
