//go:build linux

package rig

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Capture is tcpdump on the loopback device, writing a file.
type Capture struct {
	cmd    *exec.Cmd
	stderr *bufio.Reader
	file   string
}

// StartCapture captures what goes to and from a port until Stop. It needs tcpdump.
func StartCapture(ctx context.Context, in *Namespace, port uint16, file string) (*Capture, error) {
	tcpdump, err := Program("tcpdump")
	if err != nil {
		return nil, err
	}
	c := Command{In: in, Argv: []string{
		tcpdump, "-i", "lo", "-n", "-U", "--immediate-mode", "-B", "65536", "-s", "4096", "-Z", "root", "-w", file, fmt.Sprintf("port %d", port),
	}}
	cmd := c.exec(ctx)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	k := &Capture{cmd: cmd, stderr: bufio.NewReader(stderr), file: file}
	for {
		line, err := k.stderr.ReadString('\n')
		if strings.Contains(line, "listening on") {
			return k, nil
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("tcpdump ended: %s", line), cmd.Wait())
		}
	}
}

// settled is how long the file has to stay as it is before all is taken to be
// in it: tcpdump leaves unread what has not come out of the kernel when it ends.
const settled = 200 * time.Millisecond

// Stop ends the capture. It fails if the kernel had to drop packets.
func (k *Capture) Stop() error {
	for size := int64(-1); ; {
		info, err := os.Stat(k.file)
		if err != nil || info.Size() == size {
			break
		}
		size = info.Size()
		time.Sleep(settled)
	}
	if err := k.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	said, err := io.ReadAll(k.stderr)
	if err = errors.Join(err, k.cmd.Wait()); err != nil {
		return fmt.Errorf("tcpdump: %w: %s", err, said)
	}
	if !bytes.Contains(said, []byte("\n0 packets dropped by kernel")) {
		return fmt.Errorf("tcpdump: %s", said)
	}
	return nil
}

// Packet is what tshark reads of one DNS message, by the name of its field.
type Packet map[string]string

// fields are what tshark is asked for, in this order.
var fields = []string{
	"_ws.malformed", "dns.flags", "dns.count.queries", "dns.count.answers", "dns.count.auth_rr", "dns.count.add_rr",
	"dns.qry.name", "dns.qry.type", "dns.qry.class", "dns.resp.type",
	"dns.rr.udp_payload_size", "dns.resp.edns0_version", "dns.resp.ext_rcode", "dns.resp.z.do", "dns.resp.z.reserved",
}

// tsharkArgs read a capture as DNS on a port. A frame that is not, and no part
// of TCP's own talk, is as bad as a malformed one.
func tsharkArgs(file string, port uint16, filter string) []string {
	args := []string{"tshark", "-n", "-r", file, "-Y", filter, "-T", "fields",
		"-d", fmt.Sprintf("udp.port==%d,dns", port), "-d", fmt.Sprintf("tcp.port==%d,dns", port)}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	return args
}

// Queries reads the queries of a capture with tshark. It fails on a packet that
// tshark finds malformed, or an error in, query or reply.
func (k *Capture) Queries(ctx context.Context, port uint16) ([]Packet, error) {
	if _, err := Program("tshark"); err != nil {
		return nil, err
	}
	bad := Command{Argv: tsharkArgs(k.file, port, `_ws.malformed or _ws.expert.severity == "Error" or (udp and not dns)`)}
	r, err := bad.MustSucceed(ctx)
	if err != nil {
		return nil, err
	}
	if r.Stdout != "" {
		return nil, fmt.Errorf("tshark finds %d packets bad, the first: %.300s", strings.Count(r.Stdout, "\n"), r.Stdout)
	}
	read := Command{Argv: tsharkArgs(k.file, port, "dns.flags.response == 0")}
	if r, err = read.MustSucceed(ctx); err != nil {
		return nil, err
	}
	var all []Packet
	for line := range strings.Lines(r.Stdout) {
		p := make(Packet)
		for i, value := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
			p[fields[i]] = value
		}
		all = append(all, p)
	}
	return all, nil
}
