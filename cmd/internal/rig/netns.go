//go:build linux

package rig

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
)

// Namespace is a network of its own, with nothing in it but a loopback device.
// A process that waits for its stdin to end holds it, so it goes when we do.
type Namespace struct {
	holder *exec.Cmd
	stdin  io.Closer
}

// NewNamespace makes one. It needs root, nsenter and ip; the error may be a [Missing].
func NewNamespace(ctx context.Context) (*Namespace, error) {
	if err := Root(); err != nil {
		return nil, err
	}
	for _, p := range []string{"nsenter", "ip"} {
		if _, err := Program(p); err != nil {
			return nil, err
		}
	}
	n := &Namespace{holder: exec.Command("cat")}
	n.holder.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	var err error
	if n.stdin, err = n.holder.StdinPipe(); err != nil {
		return nil, err
	}
	if err := n.holder.Start(); err != nil {
		return nil, fmt.Errorf("network namespace: %w", err)
	}
	// One packet a segment: what is dropped, counted or captured here are
	// datagrams, not batches that the sender left for the device to cut.
	for _, args := range [][]string{{"set", "lo", "up"}, {"set", "dev", "lo", "gso_max_segs", "1"}} {
		up := Command{Argv: append([]string{"ip", "link"}, args...), In: n}
		if _, err := up.MustSucceed(ctx); err != nil {
			n.Close()
			return nil, err
		}
	}
	return n, nil
}

// Wrap returns the words that put a command into the namespace; none for nil.
func (n *Namespace) Wrap() []string {
	if n == nil {
		return nil
	}
	return []string{"nsenter", "--net=/proc/" + strconv.Itoa(n.holder.Process.Pid) + "/ns/net", "--"}
}

// Close lets the namespace go.
func (n *Namespace) Close() {
	_ = n.stdin.Close()
	_ = n.holder.Wait()
}

// lossRules drop a share of all packets as they come in, queries and answers
// alike, TCP too, and count queries and answers over UDP before that.
const lossRules = `
table inet measure
delete table inet measure
table inet measure {
	counter asked { }
	counter answered { }
	counter lost { }
	chain in {
		type filter hook input priority 0;
		udp dport %[1]d counter name asked
		udp sport %[1]d counter name answered
		meta l4proto { tcp, udp } numgen random mod 10000 < %[2]d counter name lost drop
	}
}
`

// Lose drops a share of the namespace's packets from now on, and counts those
// to and from server, anew.
func (n *Namespace) Lose(ctx context.Context, server netip.AddrPort, share float64) error {
	if _, err := Program("nft"); err != nil {
		return err
	}
	return n.nft(ctx, fmt.Sprintf(lossRules, server.Port(), int(share*10_000+0.5)))
}

// Traffic is what [Namespace.Lose] counted: datagrams to and from the server
// before the loss, and packets lost.
type Traffic struct{ Asked, Answered, Lost int }

var counted = regexp.MustCompile(`counter (\w+) \{\s*packets (\d+)`)

// Traffic reads the counters.
func (n *Namespace) Traffic(ctx context.Context) (Traffic, error) {
	list := Command{Argv: []string{"nft", "list", "counters", "table", "inet", "measure"}, In: n}
	r, err := list.MustSucceed(ctx)
	if err != nil {
		return Traffic{}, err
	}
	of := make(map[string]int)
	for _, m := range counted.FindAllStringSubmatch(r.Stdout, -1) {
		of[m[1]], _ = strconv.Atoi(m[2])
	}
	return Traffic{Asked: of["asked"], Answered: of["answered"], Lost: of["lost"]}, nil
}

// Dropped returns how many datagrams sockets of the namespace had no room for:
// lost by whoever did not read in time, not by the network.
func (n *Namespace) Dropped(ctx context.Context) (int, error) {
	total := 0
	for _, file := range []string{"/proc/net/snmp", "/proc/net/snmp6"} {
		cat := Command{Argv: []string{"cat", file}, In: n}
		r, err := cat.MustSucceed(ctx)
		if err != nil {
			return 0, err
		}
		total += udpOverflows(r.Stdout)
	}
	return total, nil
}
