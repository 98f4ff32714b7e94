package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signal.Ignore(ignored...)
	log.SetOutput(io.Discard) // net/http tells it of replies that nobody asked for, in the server's own words
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		first := make(chan os.Signal, 2)
		signal.Notify(first, os.Interrupt, syscall.SIGTERM)
		if !signal.Ignored(syscall.SIGHUP) { // under nohup it stays ignored
			signal.Notify(first, syscall.SIGHUP)
		}
		<-first
		cancel()
		<-first
		os.Exit(exitInterrupted)
	}()
	os.Exit(run(ctx, systemApp()))
}
