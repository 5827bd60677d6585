"""Doctor: what is wrong with a configured council, and how to mend it.

Layer: beside the service, of which it is a part that works without a store in office.

======================  ===============================================================
:mod:`.diagnosis`       what is reported: findings and facts, as frozen values
:mod:`.subjects`        which models are to be tried, and where each was configured
:mod:`.remedies`        pure: from what a probe told to what is wrong and its mend
:mod:`.guesses`         pure: the valid model nearest to one that does not exist
:mod:`.concerns`        pure: what is wrong with a council as a whole
:mod:`.checkup`         asks the adapters, all at once and within 20 s
======================  ===============================================================

Knows settings, seats and values of :mod:`magi_mcp.checks`; neither a provider, nor a
database, nor how a report is shown.
"""
