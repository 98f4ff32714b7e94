package dnsstage_test

import (
	"context"
	"fmt"
	"log"
	"net/netip"

	"vacant"
	"vacant/dnsstage"
)

// A list of hosts through stage one, as a library.
func Example() {
	stage, err := dnsstage.New(dnsstage.Config{Resolvers: []netip.AddrPort{netip.MustParseAddrPort("9.9.9.9:53")}})
	if err != nil {
		log.Fatal(err)
	}
	defer stage.Close()
	in, out := make(chan *vacant.Batch, 1), make(chan *vacant.Batch, 1)
	batch := &vacant.Batch{}
	for _, host := range []vacant.Name{"golang.org", "kernel.org", "no-such-name-anywhere.org"} {
		batch.AppendName(host, vacant.NoIndex)
	}
	in <- batch
	close(in)
	if err := stage.Run(context.Background(), in, out); err != nil {
		log.Fatal(err)
	}
	answered := <-out
	for i := range answered.Len() {
		fmt.Printf("%s %s\n", answered.Name(i), answered.Answers[i].Status)
	}
}
