package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"vacant/cmd/internal/pipeline"
)

// maxStreamConfig bounds the first line of the line protocol: room for some ten
// thousand proxies.
const maxStreamConfig = 1 << 20

// streamConfig is the first line of the line protocol; every field is optional.
type streamConfig struct {
	Proxies   []string `json:"proxies"`
	Resolver  string   `json:"resolver"`
	TimeoutMS int      `json:"timeout_ms"`
	Workers   int      `json:"workers"`
}

// readStream reads the first line of stdin into cfg and leaves the rest, the
// names, to the generator.
func (d *dns) readStream(args []string, cfg *pipeline.DNSConfig) error {
	if len(args)+len(d.candidates.lists)+len(d.candidates.patterns) > 0 || d.candidates.wordlist != "" {
		return usage(errors.New("--stream reads its names from stdin alone"), "")
	}
	in := bufio.NewReaderSize(d.stdin, 1<<16)
	line, err := firstLine(in)
	if err != nil {
		return err
	}
	var first streamConfig
	decode := json.NewDecoder(bytes.NewReader(line))
	decode.DisallowUnknownFields()
	if err := decode.Decode(&first); err != nil {
		return usage(fmt.Errorf("--stream: the first line is no settings: %w", err), `a JSON object, {} at the least`)
	}
	if err := first.fill(cfg); err != nil {
		return err
	}
	d.candidates.lists = []string{"-"}
	if err := d.candidates.fill(d.app, nil, &cfg.Generator); err != nil {
		return err
	}
	cfg.Generator.Stdin = in
	return nil
}

// firstLine reads up to the first newline, within bounds.
func firstLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxStreamConfig:
			return nil, usagef("--stream: the first line is longer than %d octets", maxStreamConfig)
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(bytes.TrimSpace(line)) == 0:
			return nil, usage(errors.New("--stream: stdin is empty"), "the first line is a JSON object, {} at the least")
		case err != nil && !errors.Is(err, io.EOF):
			return nil, ioFailure(err)
		default:
			return line, nil
		}
	}
}

// fill lays the stream's own settings over the flags'.
func (s *streamConfig) fill(cfg *pipeline.DNSConfig) error {
	for i, proxy := range s.Proxies {
		if err := checkProxy(proxy, "socks5", "socks5h"); err != nil {
			return usage(fmt.Errorf("--stream: proxy %d: %w", i+1, err), "")
		}
	}
	if s.TimeoutMS < 0 || s.Workers < 0 {
		return usagef("--stream: timeout_ms and workers cannot be negative")
	}
	if len(s.Proxies) > 0 {
		cfg.DNS.Proxies = s.Proxies
	}
	if s.Workers > 0 {
		cfg.DNS.Concurrency = s.Workers
	}
	if s.TimeoutMS > 0 {
		cfg.DNS.Timeout = time.Duration(s.TimeoutMS) * time.Millisecond
	}
	if s.Resolver != "" {
		servers, err := addrPorts("--stream: resolver", []string{s.Resolver})
		if err != nil {
			return err
		}
		cfg.DNS.Resolvers = servers
	}
	return nil
}
