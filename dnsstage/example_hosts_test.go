package dnsstage_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"vacant/dnsstage"
)

// Twenty thousand hosts through a resolver of one's own: as fast as it answers,
// none for longer than four seconds, and CNAME records that go in a loop end.
func ExampleStage_Resolve() {
	resolver, stop := resolverOnLoopback()
	defer stop()
	hosts := make([]string, 20_000)
	for i := range hosts {
		hosts[i] = fmt.Sprintf("host%d.example", i)
	}
	hosts[7] = "loop.example"

	stage, err := dnsstage.New(dnsstage.Config{
		Resolvers: []netip.AddrPort{resolver},
		Intensity: dnsstage.IntensityLine,
		Timeout:   time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer stage.Close()
	found := 0
	err = stage.Resolve(context.Background(), "ip4", slices.Values(hosts), func(h dnsstage.Host) {
		if errors.Is(h.Err, dnsstage.ErrAliasLoop) {
			fmt.Println(h.Name, "is", h.Err)
		}
		found += len(h.Addrs)
	})
	fmt.Println(found, "addresses,", err)
	// Output:
	// loop.example is CNAME records go in a loop
	// 19999 addresses, <nil>
}

// resolverOnLoopback knows one address of every host but loop.example.
func resolverOnLoopback() (addr netip.AddrPort, stop func()) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		m.RecursionAvailable = true
		name := q.Question[0].Name
		kind := "A 192.0.2.1"
		if strings.EqualFold(name, "loop.example.") {
			kind = "CNAME " + name
		}
		rr, err := dns.NewRR(name + " 60 IN " + kind)
		if err != nil {
			log.Fatal(err)
		}
		m.Answer = []dns.RR{rr}
		_ = w.WriteMsg(m) // a lost answer is the resolver's client's to ask for again
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.ActivateAndServe() // it ends with the example
	}()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort(), func() {
		_ = server.Shutdown()
		<-done
	}
}
