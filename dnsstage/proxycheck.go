package dnsstage

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/dnsstage/wire"
)

// testProxies puts each proxy to the test.
func (l *loop) testProxies(ctx context.Context, urls []string, y yardstick) []honesty {
	found := make([]honesty, len(urls))
	var g errgroup.Group
	g.SetLimit(proxyChecks)
	for i, url := range urls {
		g.Go(func() error {
			found[i] = l.testProxy(ctx, url, y)
			return nil
		})
	}
	_ = g.Wait() // its functions return no error
	return found
}

// proxySetUp is what reaching a server through a proxy may take; the test of
// one that is slower ends as silence, for the others wait for it.
const proxySetUp = time.Second

// testProxy asks through one proxy alone.
func (l *loop) testProxy(ctx context.Context, url string, y yardstick) honesty {
	t, err := l.watch.open([]string{url}, 1)
	if err != nil {
		return proxySilent
	}
	defer func() { _ = t.Close() }() // nothing is in flight that anybody waits for
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Timeout+proxySetUp)
	defer cancel()
	k := asker{exchange: alone(t), timeout: l.cfg.Timeout}
	if y.resolver {
		return askResolvers(ctx, &controls{asker: k, random: l.finder.randomLabel}, y)
	}
	if h := askKnown(ctx, &k, y, l.finder.randomLabel()+"."+y.suffix, vacant.StatusNXDomain); h != proxyHonest {
		return h
	}
	if y.sample == "" {
		return askUsual(ctx, &k, y)
	}
	if h := askKnown(ctx, &k, y, y.sample, vacant.StatusDelegated); h != proxyLiar || y.known {
		return h
	}
	return proxyDenies
}

// askResolvers makes the controls of a few resolvers through the proxy: one that
// holds shows that the proxy changes nothing.
func askResolvers(ctx context.Context, k *controls, y yardstick) honesty {
	const most = 3
	h := proxySilent
	for _, addr := range y.servers[:min(len(y.servers), most)] {
		switch f := k.check(ctx, y.suffix, addr, nil); f.trust {
		case trustGood:
			return proxyHonest
		case trustUnknown:
		default:
			h = proxyLiar
		}
	}
	return h
}

// askKnown asks about a name whose status is known.
func askKnown(ctx context.Context, k *asker, y yardstick, name string, want vacant.Status) honesty {
	h := proxySilent
	read := func(a *answer) ruling {
		q := question{name: []byte(name), origin: y.origin, tcp: a.OverTCP}
		v := judge(&q, &a.Reply)
		switch {
		case v.cause&causeUnreachable != 0:
			return ruling{act: settle} // dead: more tries would tell nothing
		case v.act == settle && v.status == want:
			h = proxyHonest
		case v.act == settle, v.cause&causeNonsense != 0:
			h = proxyLiar
		}
		return v
	}
	if _, _, err := k.ask(ctx, y.servers, wire.Query{Name: []byte(name), Type: wire.TypeNS}, read); err != nil {
		return proxySilent
	}
	return h
}

// askUsual asks about names likely to be registered until one is delegated; the
// zone's own NS set is the last resort.
func askUsual(ctx context.Context, k *asker, y yardstick) honesty {
	for _, label := range usualNames {
		if h := askKnown(ctx, k, y, label+"."+y.suffix, vacant.StatusDelegated); h != proxyLiar {
			return h
		}
	}
	return askApex(ctx, k, y)
}

// askApex asks for the zone's own NS set: who says NXDOMAIN to everything says it here too.
func askApex(ctx context.Context, k *asker, y yardstick) honesty {
	h := proxySilent
	read := func(a *answer) ruling {
		v, ok := unreadable(&a.Reply, a.OverTCP)
		switch {
		case !ok:
			return v
		case a.AnswerNS && a.Rcode == wire.RcodeSuccess:
			h = proxyHonest
		default:
			h = proxyLiar
		}
		return ruling{act: settle}
	}
	if _, _, err := k.ask(ctx, y.servers, wire.Query{Name: []byte(y.origin), Type: wire.TypeNS}, read); err != nil {
		return proxySilent
	}
	return h
}

// alone makes an exchange of a transport that nobody else uses.
func alone(t wire.Transport) func(context.Context, wire.Query) (answer, error) {
	one := make(chan struct{}, 1) // holds one: whoever has it may ask
	var token uint64
	return func(ctx context.Context, q wire.Query) (answer, error) {
		select {
		case one <- struct{}{}:
			defer func() { <-one }()
		case <-ctx.Done():
			return answer{}, ctx.Err()
		}
		token++
		q.Token = token
		if n, err := t.Submit([]wire.Query{q}); err != nil || n == 0 {
			return answer{wire.Reply{Outcome: wire.Unreachable, Err: err}}, nil
		}
		var got [1]wire.Reply
		for ctx.Err() == nil {
			n, err := t.Poll(got[:], 10*time.Millisecond)
			if err != nil {
				return answer{}, err
			}
			if n == 1 && got[0].Token == token {
				return answer{keep(&got[0])}, nil
			}
		}
		return answer{}, ctx.Err()
	}
}
