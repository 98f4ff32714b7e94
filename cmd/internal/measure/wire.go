//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"

	"vacant/cmd/internal/rig"
	"vacant/dnsstage/dnstest"
)

// wireNames is how many names are asked under the eyes of tcpdump.
const wireNames = 1000

// wire captures queries and has tshark read them.
func (b *bench) wire(ctx context.Context) error {
	in, err := rig.NewNamespace(ctx)
	if err != nil {
		return err
	}
	defer in.Close()
	t := &table{head: []string{"server", "queries", "names asked", "malformed", "with EDNS", "with DO", "capitals"}}
	if err := b.wirePlain(ctx, in, t); err != nil {
		return err
	}
	for _, signed := range []string{"", "nsec", "nsec3"} {
		if err := b.wireKnot(ctx, in, t, signed); err != nil {
			return err
		}
	}
	b.print(fmt.Sprintf("wire: %s names, tcpdump and tshark", count(wireNames)), "", t)
	return nil
}

func (b *bench) wirePlain(ctx context.Context, in *rig.Namespace, t *table) (err error) {
	server, err := responder("127.0.0.1", 0, in)
	if err != nil {
		return err
	}
	defer ended(server, &err)
	return b.watch(ctx, t, "responder, as a resolver", rig.Sweep{Server: server.Addr, In: in}, true)
}

func (b *bench) wireKnot(ctx context.Context, in *rig.Namespace, t *table, signed string) error {
	dir, err := b.sub("wire")
	if err != nil {
		return err
	}
	zone := rig.Knot{Names: wireNames, Taken: dnstest.Taken[string], Signed: signed, In: in}
	at, stop, err := zone.Start(ctx, dir, netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		return err
	}
	defer stop()
	what := "Knot, zone not signed"
	if signed != "" {
		what = "Knot, zone signed with " + signed
	}
	return b.watch(ctx, t, what, rig.Sweep{Server: at, Authority: true, In: in}, signed == "")
}

// watch runs a sweep under a capture and adds its row. all is whether each name must be asked.
func (b *bench) watch(ctx context.Context, t *table, what string, s rig.Sweep, all bool) error {
	s.Vacant, s.Dir, s.Names = b.vacant, b.dir, wireNames
	k, err := rig.StartCapture(ctx, s.In, s.Server.Port(), filepath.Join(b.dir, "wire.pcap"))
	if err != nil {
		return err
	}
	_, o, err := s.Run(ctx)
	if err = errors.Join(err, k.Stop()); err != nil {
		return err
	}
	if err := o.Problem(s.Expect()); err != nil {
		return err
	}
	packets, err := k.Queries(ctx, s.Server.Port())
	if err != nil {
		return err
	}
	q, err := rig.ReadQueries(packets, rig.Queried{Names: s.Names, All: all, RD: !s.Authority})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	t.row(what, count(q.All), count(q.OfNames), "0", count(q.EDNS), count(q.DO), fmt.Sprintf("%.0f %%", 100*q.Upper))
	return nil
}
