//go:build linux

package main

import (
	"context"
	"fmt"
	"time"

	"vacant/cmd/internal/rig"
)

// shares of packets lost, each way.
var shares = []float64{0, 0.01, 0.05, 0.30}

// lossLimit bounds one run; at 30 % each way half of all round trips fail.
const lossLimit = 4 * time.Minute

// massdnsDefault is massdns' own number of concurrent look-ups: a small one,
// best without loss, waits for half a second wherever a packet is lost.
const massdnsDefault = 10_000

// loss drops packets between vacant and the responder: every name must still
// end in exactly one line, and no line may be wrong.
func (b *bench) loss(ctx context.Context) (err error) {
	in, err := rig.NewNamespace(ctx)
	if err != nil {
		return err
	}
	defer in.Close()
	server, err := responder("127.0.0.1", 0, in)
	if err != nil {
		return err
	}
	defer ended(server, &err)
	f := b.newField(in)
	f.server, f.limit = server.Addr, lossLimit
	fewer := *f
	fewer.names = max(f.names/peerShare, 1)
	own, peer := f.vacantWith("vacant"), fewer.massdnsWith(massdnsDefault)
	t := &table{head: []string{"loss each way", "client", "names", "with one line", "wrong", "undecided", "sent", "resent/sent", "answers/s"}}
	for _, share := range shares {
		err := f.lose(ctx, t, own, share)
		if err == nil && f.massdns != "" {
			err = fewer.lose(ctx, t, peer, share)
		}
		if err != nil {
			return fmt.Errorf("at %v: %w", share, err)
		}
	}
	f.print("loss: nftables drops packets at random, in a network namespace", own.command, t)
	return nil
}

// peerShare is how much less massdns is asked to do, as it takes that much longer.
const peerShare = 4

// lose is one run at one share.
func (f *field) lose(ctx context.Context, t *table, c contender, share float64) error {
	if err := f.in.Lose(ctx, f.server, share); err != nil {
		return err
	}
	s, err := c.run(ctx)
	if err != nil {
		return err
	}
	traffic, err := f.in.Traffic(ctx)
	if err != nil {
		return err
	}
	f.note("%s at %v: %.0f answers/s, %+v", c.name, share, s.rate, traffic)
	t.row(fmt.Sprintf("%.0f %%", 100*share), c.name, count(f.names), count(s.outcome.Names), count(s.outcome.Wrong),
		count(s.outcome.Undecided)+" ("+percent(s.outcome.Undecided, f.names)+")", count(traffic.Asked),
		percent(max(traffic.Asked-f.names, 0), traffic.Asked), count(int(s.rate)))
	return nil
}
