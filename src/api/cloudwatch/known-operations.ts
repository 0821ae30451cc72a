/** Every operation of CloudWatch, as its SDK has them; a test compares the two. */
export const cloudWatchOperations: readonly string[] = `
  AssociateDatasetKmsKey CreateResourceMetricsConfiguration DeleteAlarmMuteRule DeleteAlarms DeleteAnomalyDetector DeleteDashboards
  DeleteInsightRules DeleteMetricStream DeleteResourceMetricsConfiguration DescribeAlarmContributors DescribeAlarmHistory
  DescribeAlarms DescribeAlarmsForMetric DescribeAnomalyDetectors DescribeInsightRules DisableAlarmActions DisableInsightRules
  DisassociateDatasetKmsKey EnableAlarmActions EnableInsightRules GetAlarmMuteRule GetDashboard GetDataset GetInsightRuleReport
  GetMetricData GetMetricStatistics GetMetricStream GetMetricWidgetImage GetOTelEnrichment GetResourceMetricsConfiguration
  ListAlarmMuteRules ListDashboards ListManagedInsightRules ListMetricStreams ListMetrics ListTagsForResource PutAlarmMuteRule
  PutAnomalyDetector PutCompositeAlarm PutDashboard PutInsightRule PutLogAlarm PutManagedInsightRules PutMetricAlarm PutMetricData
  PutMetricStream SetAlarmState StartMetricStreams StartOTelEnrichment StopMetricStreams StopOTelEnrichment TagResource
  UntagResource UpdateOTelEnrichment UpdateResourceMetricsConfiguration
`
  .trim()
  .split(/\s+/);
