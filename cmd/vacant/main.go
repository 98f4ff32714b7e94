// Command vacant finds domain names that nobody owns.
package main

func main() {}
