package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signal.Ignore(ignored...)
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
