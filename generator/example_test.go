package generator_test

import (
	"context"
	"fmt"

	"vacant"
	"vacant/generator"
)

// A count needs no name to be made.
func ExampleGenerator_Count() {
	g, err := generator.New(generator.Config{Patterns: []string{"[a-z0-9]{8}"}, TLDs: []string{"com", "dev"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(g.Count())
	// Output: 5642219814912 true
}

// Names come in batches; whoever receives one releases it.
func ExampleGenerator_Run() {
	g, err := generator.New(generator.Config{Patterns: []string{"(get|my)[ab]"}, TLDs: []string{"com", "co.uk"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	out := make(chan *vacant.Batch, 1)
	if err := g.Run(context.Background(), out); err != nil {
		fmt.Println(err)
		return
	}
	close(out)
	for b := range out {
		for i := range b.Len() {
			fmt.Printf("%d %s\n", b.Index[i], b.Name(i))
		}
		b.Release()
	}
	// Output:
	// 0 geta.com
	// 1 geta.co.uk
	// 2 getb.com
	// 3 getb.co.uk
	// 4 mya.com
	// 5 mya.co.uk
	// 6 myb.com
	// 7 myb.co.uk
}
