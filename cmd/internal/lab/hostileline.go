package lab

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"time"
	"unicode/utf16"
)

// whoisWireKinds break lines, letters or the connection.
func whoisWireKinds() []hostileKind {
	return []hostileKind{
		whoisKind("whois-empty", "the connection is closed without a word", func(*whoisCase) bool { return true }),
		whoisKind("whois-hang", "the question is taken and never answered", func(c *whoisCase) bool { return c.wait() }),
		whoisKind("whois-reset", "the connection is reset", func(c *whoisCase) bool {
			reset(c.conn)
			return true
		}),
		whoisKind("whois-reset-late", "the beginning of a no, and a reset", func(c *whoisCase) bool {
			c.send("No match for ")
			reset(c.conn)
			return true
		}),
		whoisKind("whois-cut", "the registry's no, cut off in the middle of its first line", func(c *whoisCase) bool {
			first, _, _ := strings.Cut(strings.TrimLeft(c.no(), "%\n"), "\n")
			return c.send(first[:len(first)/2])
		}),
		whoisKind("whois-cut-record", "a registered name's record, cut off in the middle of its name", func(c *whoisCase) bool {
			own, registered := c.record()
			i := strings.Index(strings.ToLower(own), c.name)
			return registered && i >= 0 && c.send(lines(own[:i+1]))
		}),
		whoisKind("whois-never-closes", "the registry's no about every name, and the connection stays open", func(c *whoisCase) bool {
			c.send(lines(c.no()))
			return c.wait()
		}),
		whoisKind("whois-endless", "lines without end", func(c *whoisCase) bool { return c.pour(strings.Repeat("% terms of use\r\n", 1000)) }),
		whoisKind("whois-endless-line", "one line without end", func(c *whoisCase) bool { return c.pour(strings.Repeat("no match ", 1000)) }),
		whoisKind("whois-endless-no", "the registry's no, and terms without end", func(c *whoisCase) bool {
			c.send(lines(c.no()))
			return c.pour(strings.Repeat("% terms of use\r\n", 1000))
		}),
		whoisKind("whois-drip", "the registry's no, an octet a second", func(c *whoisCase) bool { return c.drip(lines(c.no())) }),
		whoisKind("whois-refer-open", "\"refer: x\" and no line break", func(c *whoisCase) bool { return c.send("refer: x") }),
		whoisKind("whois-registrar-open", "\"Registrar WHOIS Server: x\" and no line break", func(c *whoisCase) bool { return c.send("Registrar WHOIS Server: x") }),
		whoisKind("whois-utf16", "a limit and the registry's no below, in UTF-16", func(c *whoisCase) bool {
			return c.send(inUTF16(lines("Query rate limit exceeded.\n\n" + c.no())))
		}),
		whoisKind("whois-nul", "the registry's no with a NUL behind each letter", func(c *whoisCase) bool {
			return c.send(strings.Join(strings.Split(lines(c.no()), ""), "\x00"))
		}),
		whoisKind("whois-latin1", "a text in Latin-1 that says the name cannot be looked at now", say("R\xe9ponse indisponible : aucun r\xe9sultat trouv\xe9 pour NAME\n")),
		whoisKind("whois-binary", "octets that are no text", func(c *whoisCase) bool { return c.send("\xff\xfe\x00\x01No match\x1b[2J\x07\x9b\r\n") }),
		whoisKind("whois-cr", "a limit text whose lines end in CR alone", func(c *whoisCase) bool {
			return c.send("Too many queries, wait.\rNo match for \"" + strings.ToUpper(c.name) + "\".\r")
		}),
	}
}

func inUTF16(text string) string {
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for _, u := range utf16.Encode([]rune(text)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// wait holds the connection until the client or the lab gives up.
func (c *whoisCase) wait() bool {
	_ = c.conn.SetReadDeadline(time.Time{})
	_, _ = io.Copy(io.Discard, c.conn)
	return true
}

// pour sends text again and again.
func (c *whoisCase) pour(text string) bool {
	for sent := 0; sent < endless; sent += len(text) {
		_ = c.conn.SetWriteDeadline(time.Now().Add(whoisPatience))
		if _, err := io.WriteString(c.conn, text); err != nil {
			break
		}
	}
	return true
}

// drip sends text an octet a second.
func (c *whoisCase) drip(text string) bool {
	for i := range len(text) {
		if _, err := io.WriteString(c.conn, text[i:i+1]); err != nil || gone(c.conn, time.Second) {
			break
		}
	}
	return true
}

// gone waits so long and reports whether the client has closed meanwhile.
func gone(conn net.Conn, wait time.Duration) bool {
	_ = conn.SetReadDeadline(time.Now().Add(wait))
	_, err := conn.Read(make([]byte, 1))
	return !errors.Is(err, os.ErrDeadlineExceeded)
}
