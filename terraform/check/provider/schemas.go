package main

import (
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// What a program is called with that prints a token.
var execAttributes = map[string]schema.Attribute{
	"api_version": schema.StringAttribute{Required: true},
	"command":     schema.StringAttribute{Required: true},
	"args":        schema.ListAttribute{Optional: true, ElementType: types.StringType},
	"env":         schema.MapAttribute{Optional: true, ElementType: types.StringType},
}

// hashicorp/helm 3: how it connects is an attribute.
var helmProvider = schema.Schema{
	Attributes: map[string]schema.Attribute{
		"kubernetes": schema.SingleNestedAttribute{
			Optional: true,
			Attributes: map[string]schema.Attribute{
				"host":                   schema.StringAttribute{Optional: true},
				"cluster_ca_certificate": schema.StringAttribute{Optional: true},
				"exec":                   schema.SingleNestedAttribute{Optional: true, Attributes: execAttributes},
			},
		},
	},
}

var helmRelease = resourceschema.Schema{
	Attributes: map[string]resourceschema.Attribute{
		"id":        resourceschema.StringAttribute{Computed: true},
		"name":      resourceschema.StringAttribute{Required: true},
		"chart":     resourceschema.StringAttribute{Required: true},
		"namespace": resourceschema.StringAttribute{Optional: true, Computed: true},
		"version":   resourceschema.StringAttribute{Optional: true, Computed: true},
		"values":    resourceschema.ListAttribute{Optional: true, ElementType: types.StringType},
		"timeout":   resourceschema.Int64Attribute{Optional: true, Computed: true},
		"atomic":    resourceschema.BoolAttribute{Optional: true, Computed: true},
		"wait":      resourceschema.BoolAttribute{Optional: true, Computed: true},
		"status":    resourceschema.StringAttribute{Computed: true},
	},
}

// hashicorp/kubernetes 3: how it connects is a block.
var kubernetesProvider = schema.Schema{
	Attributes: map[string]schema.Attribute{
		"host":                   schema.StringAttribute{Optional: true},
		"cluster_ca_certificate": schema.StringAttribute{Optional: true},
	},
	Blocks: map[string]schema.Block{
		"exec": schema.ListNestedBlock{NestedObject: schema.NestedBlockObject{Attributes: execAttributes}},
	},
}

// Of a namespaced object, or of one that is not.
func metadata(namespaced bool) resourceschema.Block {
	attributes := map[string]resourceschema.Attribute{
		"name":             resourceschema.StringAttribute{Optional: true, Computed: true},
		"labels":           resourceschema.MapAttribute{Optional: true, ElementType: types.StringType},
		"annotations":      resourceschema.MapAttribute{Optional: true, ElementType: types.StringType},
		"uid":              resourceschema.StringAttribute{Computed: true},
		"resource_version": resourceschema.StringAttribute{Computed: true},
	}
	if namespaced {
		attributes["namespace"] = resourceschema.StringAttribute{Optional: true}
	}
	return resourceschema.ListNestedBlock{NestedObject: resourceschema.NestedBlockObject{Attributes: attributes}}
}

var namespace = resourceschema.Schema{
	Attributes: map[string]resourceschema.Attribute{"id": resourceschema.StringAttribute{Computed: true}},
	Blocks:     map[string]resourceschema.Block{"metadata": metadata(false)},
}

var secret = resourceschema.Schema{
	Attributes: map[string]resourceschema.Attribute{
		"id":               resourceschema.StringAttribute{Computed: true},
		"type":             resourceschema.StringAttribute{Optional: true, Computed: true},
		"data":             resourceschema.MapAttribute{Optional: true, Computed: true, Sensitive: true, ElementType: types.StringType},
		"data_wo":          resourceschema.MapAttribute{Optional: true, WriteOnly: true, ElementType: types.StringType},
		"data_wo_revision": resourceschema.Int64Attribute{Optional: true},
		"immutable":        resourceschema.BoolAttribute{Optional: true},
	},
	Blocks: map[string]resourceschema.Block{"metadata": metadata(true)},
}
