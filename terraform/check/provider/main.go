// A provider with the schemas of hashicorp/helm or hashicorp/kubernetes, as far as the modules use them, and nothing behind
// them: enough to check modules against, with mocks.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// Which of them this program is, set by the linker.
var name string

type standIn struct {
	configuration schema.Schema
	resources     map[string]resourceschema.Schema
}

var standIns = map[string]standIn{
	"helm":       {configuration: helmProvider, resources: map[string]resourceschema.Schema{"release": helmRelease}},
	"kubernetes": {configuration: kubernetesProvider, resources: map[string]resourceschema.Schema{"namespace_v1": namespace, "secret_v1": secret}},
}

func main() {
	debug := flag.Bool("debug", false, "waits for a debugger")
	flag.Parse()
	this, known := standIns[name]
	if !known {
		log.Fatalf("%q is neither helm nor kubernetes", name)
	}
	options := providerserver.ServeOpts{Address: "registry.opentofu.org/hashicorp/" + name, Debug: *debug}
	if err := providerserver.Serve(context.Background(), func() provider.Provider { return this }, options); err != nil {
		log.Fatal(err)
	}
}

func (this standIn) Metadata(_ context.Context, _ provider.MetadataRequest, answer *provider.MetadataResponse) {
	answer.TypeName = name
}

func (this standIn) Schema(_ context.Context, _ provider.SchemaRequest, answer *provider.SchemaResponse) {
	answer.Schema = this.configuration
}

func (this standIn) Configure(_ context.Context, _ provider.ConfigureRequest, answer *provider.ConfigureResponse) {
	answer.Diagnostics.AddError("Only a stand-in", "It has schemas for checks. Take hashicorp/"+name+" itself.")
}

func (this standIn) DataSources(context.Context) []func() datasource.DataSource {
	return nil
}

func (this standIn) Resources(context.Context) []func() resource.Resource {
	var all []func() resource.Resource
	for kind, schema := range this.resources {
		all = append(all, func() resource.Resource { return kindOf{name: kind, schema: schema} })
	}
	return all
}

type kindOf struct {
	name   string
	schema resourceschema.Schema
}

func (kind kindOf) Metadata(_ context.Context, request resource.MetadataRequest, answer *resource.MetadataResponse) {
	answer.TypeName = fmt.Sprintf("%s_%s", request.ProviderTypeName, kind.name)
}

func (kind kindOf) Schema(_ context.Context, _ resource.SchemaRequest, answer *resource.SchemaResponse) {
	answer.Schema = kind.schema
}

const nothing = "A stand-in does nothing"

func (kind kindOf) Create(_ context.Context, _ resource.CreateRequest, answer *resource.CreateResponse) {
	answer.Diagnostics.AddError(nothing, kind.name)
}

func (kind kindOf) Read(_ context.Context, _ resource.ReadRequest, answer *resource.ReadResponse) {
	answer.Diagnostics.AddError(nothing, kind.name)
}

func (kind kindOf) Update(_ context.Context, _ resource.UpdateRequest, answer *resource.UpdateResponse) {
	answer.Diagnostics.AddError(nothing, kind.name)
}

func (kind kindOf) Delete(_ context.Context, _ resource.DeleteRequest, answer *resource.DeleteResponse) {
	answer.Diagnostics.AddError(nothing, kind.name)
}
