package lab

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// whoisPatience is how long a client may take to send its line.
	whoisPatience = 10 * time.Second
	// whoisMaxLine bounds that line, in octets.
	whoisMaxLine = 512
)

// whoisServer is a WHOIS service (RFC 3912) of one TLD, or a DAS.
type whoisServer struct {
	world     *World
	watch     Watch
	tld       string
	manner    portManner
	operator  *operator
	hostility *hostility
	rtt       time.Duration
	seq       atomic.Uint64
}

// serve answers the one line of a connection.
func (s *whoisServer) serve(ctx context.Context, conn net.Conn) {
	_ = conn.SetReadDeadline(time.Now().Add(whoisPatience))
	line, err := bufio.NewReader(io.LimitReader(conn, whoisMaxLine)).ReadString('\n')
	if err != nil || !sleep(ctx, s.rtt) {
		return
	}
	name, ok := s.manner.parse(line)
	text := s.manner.limit
	if _, allowed := s.operator.admit(time.Now(), s.manner.teller); allowed {
		s.watch.tell(s.manner.teller, []byte(name))
		if !s.manner.refuses && s.hostility.whois(&whoisCase{whoisServer: s, ctx: ctx, conn: conn, name: name, seq: s.seq.Add(1)}) {
			return
		}
		text = s.manner.bad
		if ok {
			text = s.text(name)
		}
	}
	_ = conn.SetWriteDeadline(time.Now().Add(whoisPatience))
	_, _ = io.WriteString(conn, lines(text))
}

// queryName returns the name in a query line: the last word, without the
// syntax some servers have in front ("domain example.com", "=example.com").
func queryName(line string) string {
	words := strings.Fields(line)
	if len(words) == 0 {
		return ""
	}
	return strings.ToLower(strings.Trim(words[len(words)-1], "=."))
}

// text returns the reply about name.
func (s *whoisServer) text(name string) string {
	suffix := s.world.sold([]byte(name))
	if name == "" || topLabel(name) != s.tld || suffix == nil {
		return s.manner.bad
	}
	st := s.world.state([]byte(name), suffix)
	switch {
	case st.verdict == verdictRegistered:
		return s.manner.record(s.world.recordOf(name, suffix, st))
	case st.verdict == verdictAvailable || s.manner.withheld == nil:
		return s.notFound(name)
	}
	return s.manner.withheld(name, st)
}

// notFound is the registry's text about a name that nobody has.
func (s *whoisServer) notFound(name string) string { return s.manner.free(name) }
