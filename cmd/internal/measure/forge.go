//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"vacant/cmd/internal/rig"
)

// forgeEach is how many forgeries fly in front of each reply: fewer than it
// takes for vacant to turn to TCP, where forgers are none.
const forgeEach = 10

// forgeInflight keeps a full window of replies and forgeries within the
// sockets' buffers: a forgery that is dropped unread proves nothing.
const forgeInflight = "1000"

// forge fires forgeries at vacant while it asks. Each says the opposite of the
// truth, so one that is believed is a wrong line.
func (b *bench) forge(ctx context.Context) error {
	in, err := rig.NewNamespace(ctx)
	if err != nil {
		return err
	}
	defer in.Close()
	server, err := responder("127.0.0.1", forgeEach, in)
	if err != nil {
		return err
	}
	f := b.newField(in)
	f.server, f.names = server.Addr, min((b.forgeries+forgeEach-1)/forgeEach, 11_881_376)
	c := f.vacantWith("vacant", "--inflight", forgeInflight)
	s, err := c.run(ctx)
	fired, stopErr := server.Fired()
	if err = errors.Join(err, stopErr); err != nil {
		return err
	}
	dropped, err := in.Dropped(ctx)
	if err != nil {
		return err
	}
	t := &table{head: []string{"wrong in", "fired"}}
	total := 0
	for _, kind := range slices.Sorted(maps.Keys(fired)) {
		t.row(kind, count(fired[kind]))
		total += fired[kind]
	}
	t.row("**all**", fmt.Sprintf("**%s**, of which at most %s found a full buffer", count(total), count(dropped)))
	t.row("**accepted**", fmt.Sprintf("**%s** of %s names (statuses against the truth; %s undecided)", count(s.outcome.Wrong), count(s.outcome.Names), count(s.outcome.Undecided)))
	f.print(fmt.Sprintf("forge: %s forgeries in front of each reply", count(forgeEach)), c.command, t)
	return nil
}
