package lab

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"time"
)

// whoisFaults is what goes wrong with WHOIS.
type whoisFaults struct {
	rate    float64 // requests a second instead of the lab's limit
	empty   bool
	hang    bool
	freeAll string // the TLD in which every name is said to be free
}

const (
	// whoisPatience is how long a client may take to send its line.
	whoisPatience = 10 * time.Second
	// whoisMaxLine bounds that line, in octets.
	whoisMaxLine = 512
)

// whoisServer is the WHOIS service (RFC 3912) of one TLD.
type whoisServer struct {
	world    *World
	watch    Watch
	tld      string
	operator *operator
	faults   *whoisFaults
	rtt      time.Duration
}

// serve answers the one line of a connection.
func (s *whoisServer) serve(ctx context.Context, conn net.Conn) {
	_ = conn.SetReadDeadline(time.Now().Add(whoisPatience))
	line, err := bufio.NewReader(io.LimitReader(conn, whoisMaxLine)).ReadString('\n')
	if err != nil || !sleep(ctx, s.rtt) {
		return
	}
	allowed := s.operator.allowWHOIS(time.Now())
	switch {
	case s.faults.hang:
		_ = conn.SetReadDeadline(time.Time{})
		_, _ = io.Copy(io.Discard, conn) // until the client or the lab gives up
		return
	case s.faults.empty:
		return
	}
	text := limitText
	if allowed {
		name := queryName(line)
		s.watch.tell(TellerWHOIS, []byte(name))
		text = s.text(name)
	}
	_ = conn.SetWriteDeadline(time.Now().Add(whoisPatience))
	_, _ = io.WriteString(conn, strings.ReplaceAll(text, "\n", "\r\n"))
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
		return notServed(s.tld)
	}
	if s.faults.freeAll == s.tld {
		return notFoundText(name)
	}
	st := s.world.state([]byte(name), suffix)
	switch st.verdict {
	case verdictRegistered:
		return recordText(s.world.recordOf(name, suffix, st))
	case verdictReserved:
		return reservedText(name)
	case verdictPremium:
		return premiumText(name)
	}
	return notFoundText(name)
}
