"""As much OData 4 as helloHQ's v1 speaks: typed tables, $filter, $expand and the rest."""
