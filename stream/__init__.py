"""The live path: sources, features, sync buffer, windows, session, dashboard and sinks.

Data goes one way. This room knows an engine by the small interface in `engines.common.contract` and never
imports the model.
"""
