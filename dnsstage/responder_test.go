package dnsstage

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"vacant"
)

// A responder in a process of its own: com's server, RD copied, AA set. With RD
// set it answers as a resolver would. Labels of 12 or more letters are absent.

const responderEnv = "VACANT_TEST_RESPONDER"

// serveResponder is the responder's main. It prints its address and answers until its stdin is closed.
func serveResponder() error {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	_ = conn.SetReadBuffer(4 << 20)  // as much as the system gives
	_ = conn.SetWriteBuffer(4 << 20) //
	if _, err := fmt.Fprintln(os.Stdout, conn.LocalAddr()); err != nil {
		return err
	}
	go func() {
		_, _ = bufio.NewReader(os.Stdin).ReadByte()
		_ = conn.Close()
	}()
	buf := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return nil
		}
		if reply := respond(buf, n); reply != nil {
			_, _ = conn.WriteToUDPAddrPort(reply, from)
		}
	}
}

// respond turns the query in buf into its reply, in place.
func respond(buf []byte, n int) []byte {
	if n < 17 {
		return nil
	}
	first := int(buf[12])
	end := 13 + first
	for end < n && buf[end] != 0 {
		end += int(buf[end]) + 1
	}
	end += 5
	if end > n {
		return nil
	}
	rd := buf[2] & 1
	buf[2], buf[3] = 0x80|rd, rd<<7
	binary.BigEndian.PutUint64(buf[4:], 1<<48)
	apex := buf[13+first] == 0
	name, at := uint16(0xc00c), 9 // the records' owner; the authority count's octet
	switch {
	case apex:
		buf[2], at = buf[2]|4, 7
	case first >= 12:
		buf[2], buf[3] = buf[2]|4, buf[3]|3
		return appendRecord(buf, end, uint16(0xc00c+first+1), 6, "\x01a\xc0\x0c\x00"+strings.Repeat("\x00", 20))
	case rd == 1:
		at = 7
	}
	reply := appendRecord(buf, end, name, 2, "\x02ns\x02ns\x00")
	reply[9], reply[at] = 0, 1
	return reply
}

func appendRecord(buf []byte, end int, owner, kind uint16, rdata string) []byte {
	buf[9] = 1
	b := binary.BigEndian.AppendUint16(buf[:end], owner)
	b = binary.BigEndian.AppendUint16(b, kind)
	b = append(b, 0, 1, 0, 0, 0, 60)
	b = binary.BigEndian.AppendUint16(b, uint16(len(rdata)))
	return append(b, rdata...)
}

// startResponder runs the test binary again as a responder.
func startResponder(tb testing.TB) netip.AddrPort {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), responderEnv+"=1")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait() // its end is all that matters
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return netip.MustParseAddrPort(strings.TrimSpace(line))
}

// loopback runs n names through a stage on real sockets and returns how they ended.
func loopback(tb testing.TB, cfg Config, n int) (map[vacant.Status]int, Stats, time.Duration) {
	tb.Helper()
	s, err := New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	defer closeStage(tb, s)
	in, out, done := make(chan *vacant.Batch, 4), make(chan *vacant.Batch, 4), make(chan error, 1)
	started := time.Now()
	go func() { done <- s.Run(tb.Context(), in, out); close(out) }()
	go func() {
		defer close(in)
		var b *vacant.Batch
		for i := range n {
			if i%vacant.BatchSize == 0 {
				if b != nil {
					in <- b
				}
				b = &vacant.Batch{}
			}
			format := "n%d.com"
			if i%20 == 0 {
				format = "absent-for-certain-%d.com"
			}
			b.AppendName(vacant.Name(fmt.Sprintf(format, i)), vacant.NoIndex)
		}
		in <- b
	}()
	got := make(map[vacant.Status]int)
	for b := range out {
		for _, a := range b.Answers {
			got[a.Status]++
		}
	}
	if err := <-done; err != nil {
		tb.Fatal(err)
	}
	return got, s.Stats(), time.Since(started)
}

func TestRealSocketsGiveTheSameAnswersBothWays(t *testing.T) {
	server := startResponder(t)
	for name, cfg := range map[string]Config{
		"authority": {Authority: map[string][]netip.AddrPort{"com": {server}}},
		"resolver":  {Resolvers: []netip.AddrPort{server}},
		"held":      {Resolvers: []netip.AddrPort{server}, Hold: true},
	} {
		t.Run(name, func(t *testing.T) {
			const n = 20_000
			got, _, _ := loopback(t, cfg, n)
			if got[vacant.StatusNXDomain] != n/20 || got[vacant.StatusDelegated] != n-n/20 {
				t.Errorf("got %v", got)
			}
		})
	}
}

// BenchmarkLoopback is the whole stage on real sockets against a responder in
// another process.
func BenchmarkLoopback(b *testing.B) {
	server := startResponder(b)
	for name, cfg := range map[string]Config{
		"authority": {Authority: map[string][]netip.AddrPort{"com": {server}}},
		"resolver":  {Resolvers: []netip.AddrPort{server}},
	} {
		b.Run(name, func(b *testing.B) {
			got, st, took := loopback(b, cfg, b.N)
			if got[vacant.StatusNXDomain]+got[vacant.StatusDelegated] != b.N {
				b.Errorf("got %v", got)
			}
			b.ReportMetric(float64(b.N)/took.Seconds(), "names/s")
			b.ReportMetric(float64(st.Resent)/float64(b.N), "resent/name")
			b.ReportMetric(float64(st.Servers[0].Window), "window")
		})
	}
}
